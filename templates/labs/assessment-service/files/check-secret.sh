#!/bin/bash
# Whether the service reads the password from its file, which only root and the service's account can read, and which is
# the only place it stands in.
file=etc/ledger/ledger.env
[ -f "$file" ] || exit 1
grep -qE "^[[:space:]]*LEDGER_PASSWORD=[\"']?${password:?}[\"']?[[:space:]]*$" "$file" || exit 1
uid=$(awk -F: -v name="${account:?}" '$1 == name { print $3 }' etc/passwd)
gid=$(awk -F: -v name="$account" '$1 == name { print $4 }' etc/passwd)
IFS=: read -r owner group mode < <(stat -c %u:%g:%a "$file")
[ "$owner" = 0 ] || [ "$owner" = "$uid" ] || { echo "it belongs to $owner" && exit 1; }
case $mode in
?00) ;;
??0) [ "$group" = 0 ] || [ "$group" = "$gid" ] || { echo "the group $group may use it" && exit 1; } ;;
*) echo "its mode is $mode" && exit 1 ;;
esac
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
values EnvironmentFile | grep -qE '^-?/etc/ledger/ledger\.env$' || { echo "the service does not read it" && exit 1; }
! settings | grep -qF "$password" || { echo "the unit has the password too" && exit 1; }
