#!/bin/sh
# Whether the file has the number of requests with a status from 500 to 599.
log=/srv/logs/access.log
[ -r "$log" ] || { echo "the log is gone" && exit 1; }
answer=$(tr -d '[:space:]' 2>/dev/null </home/student/answers/server-errors) || exit 1
[ "$answer" = "$(awk '$9 ~ /^5[0-9][0-9]$/ { n++ } END { print n + 0 }' "$log")" ] || exit 1
