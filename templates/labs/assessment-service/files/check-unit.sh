#!/bin/bash
# Whether the unit runs the program as the account, with the port in its environment.
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
# All values of a setting that may be given several times; an empty one takes back those before it. $1: its name.
values() {
    settings | awk -v name="$1=" '
        index($0, name) == 1 { value = substr($0, length(name) + 1); if (value == "") n = 0; else list[++n] = value }
        END { for (i = 1; i <= n; i++) print list[i] }'
}
uid=$(awk -F: -v name="${account:?}" '$1 == name { print $3 }' etc/passwd)
user=$(setting User)
case $user in
"$account" | "${uid:-$account}") ;;
*) echo "it runs as '$user'" && exit 1 ;;
esac
command=$(values ExecStart | tail -n 1)
case $command in
'+'* | '!'*) echo "it runs as root all the same" && exit 1 ;;
*/opt/ledger/ledger.py*) ;;
*) echo "it runs '$command'" && exit 1 ;;
esac
# Files count more than Environment=, as in systemd.
found=$({
    values Environment
    values EnvironmentFile | while read -r path; do
        path=./${path#-}
        case $path in
        */../*) ;; # that would leave the disk
        *) if [ -f "$path" ]; then grep -v '^[[:space:]]*[#;]' "$path"; fi ;;
        esac
    done
    echo "$command"
} | tr -d "\"'" | grep -oE '(^|[[:space:]])LEDGER_PORT=[^[:space:]]*' | tail -n 1)
[ "${found##*=}" = "${port:?}" ] || { echo "its port is '${found##*=}'" && exit 1; }
