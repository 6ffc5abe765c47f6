# shellcheck shell=bash
# Sourced by the scripts that change the host.

# Whether commands can be run as root at all.
may_be_root() { [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null; }

# Runs a command as root: directly, or through sudo. Variables go before the command: as_root A=b command.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env "$@"
    else
        sudo env "$@"
    fi
}
