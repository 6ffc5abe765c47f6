#!/bin/sh
# Whether the copy is the log with 0 as the last number of each visitor's address, and else the same to the byte.
log=/srv/logs/access.log answers=/home/student/answers/anonymous.log
[ -s "$log" ] || { echo "the log is gone" && exit 1; }
[ -r "$answers" ] || exit 1
sed -E 's/^([0-9]+\.[0-9]+\.[0-9]+)\.[0-9]+ /\1.0 /' "$log" | cmp - "$answers" || exit 1
