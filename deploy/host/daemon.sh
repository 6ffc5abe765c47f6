# shellcheck shell=bash
# Sourced, after privilege.sh, by the scripts that run a daemon of this checkout, which is the folder $top.

# Says which build is run, and where everything of the daemon goes. $1: release or debug, $2: yes for a daemon of its own
# beside the host's.
place_daemon() {
    # As the kernel names the running daemon: the folder of a configuration is a link.
    bin=$(readlink -f "${top:?}/.build/$1")
    host_images=${SANDGLASS_STATE_DIR:-/var/lib/sandglass}/images
    if [ "$2" = yes ]; then
        SANDGLASS_STATE_DIR=/var/lib/sandglass-test SANDGLASS_SOCKET=/run/sandglass-test/sandglass.sock
        # No two daemons of a host may share user ids.
        export SANDGLASS_UID_FIRST=2001000000
        # Nor may they share a port.
        export SANDGLASS_LISTEN=off
    fi
    export SANDGLASS_STATE_DIR=${SANDGLASS_STATE_DIR:-/var/lib/sandglass}
    export SANDGLASS_SOCKET=${SANDGLASS_SOCKET:-/run/sandglass/sandglass.sock}
    export SANDGLASS_DEFINITIONS_DIR=${SANDGLASS_DEFINITIONS_DIR:-$top}
    export SANDGLASS_WEB_DIR=${SANDGLASS_WEB_DIR:-$top/web}
    export SANDGLASS_GUEST_DIR=${SANDGLASS_GUEST_DIR:-$top/.build/guest/parts}
    log=$SANDGLASS_STATE_DIR/log/sandglassd.log
    pidfile=${SANDGLASS_SOCKET%.sock}.pid
    readonly bin host_images log pidfile
}

say() { printf '\n== %s\n' "$*"; }
die() {
    printf 'deploy/%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}
sandglass() { as_root SANDGLASS_SOCKET="$SANDGLASS_SOCKET" "$bin/sandglass" "$@"; }
answers() { sandglass session list --json >/dev/null 2>&1; }

# Waits until a command succeeds. $1: seconds, $2: what for, then the command.
wait_for() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || die "$what did not happen in time; the daemon's log is $log"
        sleep 0.1
    done
}

# The daemon this script started, if it is still running.
our_daemon() {
    local pid
    pid=$(as_root cat "$pidfile" 2>/dev/null) || return 0
    if [[ $pid =~ ^[0-9]+$ ]] && as_root cat "/proc/$pid/cmdline" 2>/dev/null | tr '\0' ' ' | grep -q 'sandglassd'; then
        printf '%s\n' "$pid"
    fi
}

daemon_is_gone() { [ -z "$(our_daemon)" ]; }

start_daemon() {
    local pid
    pid=$(our_daemon)
    if [ -n "$pid" ]; then
        if [ "$(as_root readlink "/proc/$pid/exe")" = "$bin/sandglassd" ] && answers; then
            echo "the daemon runs already (process $pid)"
            return
        fi
        # Another build, or one that was replaced. Guests keep running and are taken up again.
        as_root kill "$pid"
        wait_for 30 "the end of the old daemon" daemon_is_gone
    elif answers; then
        die "a daemon that this script did not start serves $SANDGLASS_SOCKET; end it or set SANDGLASS_SOCKET"
    fi
    local folder
    for folder in "$SANDGLASS_STATE_DIR" "$(dirname "$pidfile")"; do
        as_root test -d "$folder" || as_root install -d -m 0755 "$folder"
    done
    as_root install -d -m 0700 "$(dirname "$log")" # It tells whose sessions there are.
    mapfile -t settings < <(env | grep '^SANDGLASS_')
    # shellcheck disable=SC2016 # The inner shell expands its own arguments.
    as_root "${settings[@]}" setsid --fork bash -c 'echo "$$" >"$3" && exec "$1" >>"$2" 2>&1 </dev/null' \
        start "$bin/sandglassd" "$log" "$pidfile"
    wait_for 30 "the daemon's start" answers
    echo "the daemon serves $SANDGLASS_SOCKET (log: $log)"
}

stop_daemon() {
    local pid
    pid=$(our_daemon)
    [ -n "$pid" ] || return 0
    as_root kill "$pid"
    wait_for 30 "the end of the daemon" daemon_is_gone
    echo "the daemon is ended; $SANDGLASS_STATE_DIR stays"
}

# Ends the machines that a daemon which has ended left running, spares among them. The next one removes what is left of
# them.
end_machines() {
    local machine
    while IFS= read -r machine; do
        # Or it is gone already.
        as_root virsh --quiet --connect qemu:///system destroy "sandglass-$machine" >/dev/null 2>&1 || true
    done < <(as_root ls "$SANDGLASS_STATE_DIR/machines" 2>/dev/null)
}

# Copies one of the host's own images, when it has it, so that it is not built twice. No hard link: that would change the
# times of the original, which its daemon would then have to compare again. $1: image.
take_over_image() {
    if ! as_root test -e "$SANDGLASS_STATE_DIR/images/$1" && as_root test -e "$host_images/$1"; then
        as_root mkdir -p "$SANDGLASS_STATE_DIR/images"
        as_root cp -a --reflink=auto "$host_images/$1" "$SANDGLASS_STATE_DIR/images/$1"
    fi
}

# Builds an image, unless it is there. While something stands on an older one, that one stays and is used. $1: image.
build_image() {
    local status=0
    sandglass image build --replace "$1" || status=$?
    [ "$status" -eq 6 ] && sandglass image show "$1" --json | grep -qE '"health" *: *"usable"' \
        && echo "the image in place is used; run this again when nothing stands on it any more" && return
    return "$status"
}
