#!/bin/sh
# Whether the file names an address that nobody else sent more requests than.
log=/srv/logs/access.log
[ -r "$log" ] || { echo "the log is gone" && exit 1; }
answer=$(tr -d '[:space:]' 2>/dev/null </home/student/answers/busiest) || exit 1
awk -v answer="$answer" '
    { n[$1]++; if (n[$1] > most) most = n[$1] }
    END { exit !(most > 0 && n[answer] == most) }' "$log" || exit 1
