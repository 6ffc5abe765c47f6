#!/bin/bash
# Whether the unit takes from the service what it does not need. Where systemd has several values for it, each will do.
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
# $1: a setting, $2: an extended pattern of the values that will do, in small letters.
is() {
    local value
    value=$(setting "$1")
    [[ ${value,,} =~ ^($2)$ ]] || { echo "$1 is '$value'" && exit 1; }
}
yes='1|y|yes|t|true|on'
is NoNewPrivileges "$yes"
is ProtectSystem 'full|strict'
is ProtectHome "$yes|tmpfs"
is PrivateTmp "$yes|disconnected"
