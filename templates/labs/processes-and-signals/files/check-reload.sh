#!/bin/sh
# Whether the program has the new colour from its file, and once took it over without being started anew.
colour=$(sed -n 's/^colour *= *//p' /etc/beacon.conf 2>/dev/null | tail -n 1)
[ "$colour" = red ] || { echo "the file says ${colour:-nothing}" && exit 1; }
pgrep -x beacon >/dev/null || { echo "the beacon is dark" && exit 1; }
log=/var/log/beacon/beacon.log
grep -qs 'settings read again, colour red$' "$log" || { echo "it was not told to read the file again" && exit 1; }
tail -n 1 "$log" | grep -q ', colour red$' || { echo "its last colour is another" && exit 1; }
