#!/bin/sh
# Whether the service does its work and the number of its open files stays the same, with two more sensors for the time
# of the check: one that is switched off and one that says something else than a number.
folder=/var/lib/greenhouse
[ -d "$folder/sensors" ] || { echo "the sensors are gone" && exit 1; }
pid=$(systemctl show -p MainPID --value greenhouse.service)
[ "${pid:-0}" -gt 0 ] || { echo "it does not run" && exit 1; }
open() { find "/proc/$pid/fd" -mindepth 1 | wc -l; }

trap 'rm -f "$folder"/sensors/.check-off "$folder"/sensors/.check-odd' EXIT
: >"$folder/sensors/.check-off"
echo 'n/a' >"$folder/sensors/.check-odd"
sleep 1
before=$(open)
began=$(date +%s)
sleep 3
after=$(open)

[ "$(systemctl show -p MainPID --value greenhouse.service)" = "$pid" ] || { echo "it died meanwhile" && exit 1; }
# Two sensors and six rounds would make twelve. A file that is just being read may count once.
[ $((after - before)) -le 3 ] || { echo "$before open files became $after in three seconds" && exit 1; }

written=$(stat -c %Y "$folder/mean" 2>/dev/null) || { echo "there is no mean" && exit 1; }
[ "$written" -ge "$began" ] || { echo "the mean is not kept up to date" && exit 1; }
# A hundredth more or less is rounding.
awk '
    FILENAME ~ /mean$/ { kept = $1; next }
    /^[-+]?[0-9]+(\.[0-9]*)?[ \t\r]*$/ { sum += $1; n++ }
    END { exit !(n > 0 && (kept - sum / n) ^ 2 < 0.0004) }' "$folder"/sensors/* "$folder/mean" ||
    { echo "the mean is wrong" && exit 1; }
