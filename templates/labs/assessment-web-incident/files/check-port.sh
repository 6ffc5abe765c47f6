#!/bin/sh
# Whether the settings on the disk name the port of this session; the last line counts, as it does to the program.
file=etc/parcels/parcels.conf
[ -f "$file" ] || { echo "there are no settings" && exit 1; }
found=$(sed 's/#.*//' "$file" | tr -d '[:blank:]' | sed -n 's/^port=//p' | tail -n 1)
[ "$found" = "${port:?}" ] || { echo "the port is ${found:-not set}, and not $port" && exit 1; }
