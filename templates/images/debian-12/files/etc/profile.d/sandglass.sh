# shellcheck shell=bash
# A serial line cannot tell the guest how large the terminal is. This asks the terminal itself: it moves the cursor as
# far as it goes, reads the position reported back (ESC [ rows ; columns R) and returns the cursor to its place.
if [ -n "${BASH_VERSION-}" ]; then
    resize() {
        local saved rows columns
        if ! saved=$(stty -g 2>/dev/null); then
            echo 'resize: this is not a terminal' >&2
            return 1
        fi
        stty raw -echo
        printf '\0337\033[9999;9999H\033[6n\0338' >/dev/tty
        IFS='[;' read -r -s -t 3 -dR _ rows columns
        stty "$saved"
        case $rows.$columns in
            [0-9]*.[0-9]*) stty rows "$rows" cols "$columns" ;;
            *)
                echo 'resize: the terminal did not answer' >&2
                return 1
                ;;
        esac
    }
fi

# A shell that the agent has started went through no login that would have shown it.
if [ -t 1 ] && [ "$(cat "/proc/$PPID/comm" 2>/dev/null)" = sandglass-guest ]; then
    cat /etc/motd
fi
