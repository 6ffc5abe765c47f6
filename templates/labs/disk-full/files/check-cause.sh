#!/bin/sh
# Whether the service runs, and with settings under which it writes little.
[ "$(systemctl is-active tracker.service)" = active ] || { echo "the service is off" && exit 1; }
level=$(cat /run/tracker/level 2>/dev/null)
[ "$level" = info ] || { echo "it runs with level ${level:-unknown}" && exit 1; }
# And would again.
setting=$(sed -n 's/^level *= *//p' /etc/tracker.conf 2>/dev/null | tail -n 1)
[ "$setting" = info ] || { echo "the file says ${setting:-nothing}" && exit 1; }
