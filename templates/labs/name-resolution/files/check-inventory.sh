#!/bin/sh
# Whether the inventory is reached by its name, where the name server says that it is.
name=inventory.corp.test
! grep -v '^[[:space:]]*#' /etc/hosts | grep -qw inventory || { echo "$name is in /etc/hosts" && exit 1; }
found=$(getent ahosts "$name" | awk 'NR == 1 { print $1 }')
[ "$found" = "127.20.${net:?}.30" ] || { echo "$name is '$found'" && exit 1; }
runuser -u student -- curl -s -m 10 --noproxy '*' "http://$name:8080/" | grep -qF "${token:?}" || exit 1
