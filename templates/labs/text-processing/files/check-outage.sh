#!/bin/sh
# Whether the file names a minute in which the server answered 503 most often.
log=/srv/logs/access.log
[ -r "$log" ] || { echo "the log is gone" && exit 1; }
answer=$(tr -d '[:space:]' 2>/dev/null </home/student/answers/outage) || exit 1
awk -v answer="$answer" '
    $9 == 503 { minute = substr($4, 14, 5); n[minute]++; if (n[minute] > most) most = n[minute] }
    END { exit !(most > 0 && n[answer] == most) }' "$log" || exit 1
