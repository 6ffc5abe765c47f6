#!/bin/sh
# Each open file is a link below /proc/NUMBER/fd. Where they lead is counted; the file with the most links is the one.
systemctl start greenhouse
sleep 5
pid=$(systemctl show -p MainPID --value greenhouse)
find "/proc/$pid/fd" -lname '/var/lib/*' -printf '%l\n' | sort | uniq -c | sort -rn | awk 'NR == 1 { print $2 }' \
    >/home/student/answers/file
