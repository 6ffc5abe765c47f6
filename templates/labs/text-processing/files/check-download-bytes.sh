#!/bin/sh
# Whether the file has the sum of the sizes of the answers to requests that begin with /download/.
log=/srv/logs/access.log
[ -r "$log" ] || { echo "the log is gone" && exit 1; }
answer=$(tr -d '[:space:]' 2>/dev/null </home/student/answers/download-bytes) || exit 1
sum=$(awk 'index($7, "/download/") == 1 { sum += $10 } END { printf "%.0f", sum }' "$log")
[ "$answer" = "$sum" ] || exit 1
