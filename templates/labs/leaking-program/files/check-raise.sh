#!/bin/sh
# Whether the running service may have 4096 files open or more, and will have so when it is started again.
pid=$(systemctl show -p MainPID --value greenhouse.service)
[ "${pid:-0}" -gt 0 ] || { echo "it does not run" && exit 1; }
now=$(awk '/^Max open files/ { print $4 }' "/proc/$pid/limits") || exit 1
next=$(systemctl show -p LimitNOFILESoft --value greenhouse.service)
for limit in "$now" "$next"; do
    case $limit in
    unlimited | infinity) ;;
    '' | *[!0-9]*) exit 1 ;;
    *) [ "$limit" -ge 4096 ] || { echo "it may have $now now and $next next time" && exit 1; } ;;
    esac
done
