#!/bin/bash
# Whether the unit brings the service back when it dies, within ten seconds.
[ -f etc/systemd/system/ledger.service ] || { echo "there is no unit" && exit 1; }
# Prints what the unit says under [Service], and files beside it: a setting a line, in the order they are read in.
settings() {
    for file in etc/systemd/system/ledger.service etc/systemd/system/ledger.service.d/*.conf; do
        if [ -f "$file" ]; then echo "[]" && head -c 65536 "$file" && echo; fi
    done | awk '
        /^[ \t]*[#;]/ { next }
        { sub(/^[ \t]+/, ""); line = line $0 }
        sub(/\\$/, " ", line) { next }
        line ~ /^\[/ { section = line; sub(/[ \t\r]+$/, "", section) }
        section == "[Service]" && line ~ /=/ {
            gsub(/[ \t\r]+$/, "", line)
            sub(/[ \t]*=[ \t]*/, "=", line)
            print line
        }
        { line = "" }'
}
# The last value of a setting. $1: its name.
setting() {
    settings | awk -v name="$1=" '
        index($0, name) == 1 { value = substr($0, length(name) + 1) }
        END { print value }'
}
case $(setting Restart) in
always | on-failure) ;;
*) exit 1 ;;
esac
pause=$(setting RestartSec | tr -d ' ')
case $pause in
*ms) pause=${pause%ms} most=10000 ;;
*) pause=${pause%%s*} most=10 ;;
esac
pause=${pause%.*}
case $pause in
'') ;;
*[!0-9]*) echo "how long it waits is not clear" && exit 1 ;;
*) [ "$pause" -le "$most" ] || { echo "it waits too long" && exit 1; } ;;
esac
