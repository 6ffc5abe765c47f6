#!/bin/sh
# Whether the company's names are found without their ending too.
for machine in wiki:10 mail:20; do
    name=${machine%:*}
    ! grep -v '^[[:space:]]*#' /etc/hosts | grep -qw "$name" || { echo "$name is in /etc/hosts" && exit 1; }
    found=$(getent ahosts "$name" | awk 'NR == 1 { print $1 }')
    [ "$found" = "127.20.${net:?}.${machine#*:}" ] || { echo "$name is '$found'" && exit 1; }
done
