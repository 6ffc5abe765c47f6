#!/bin/sh
# Whether the file names exactly the addresses that asked for /wp-login.php more than 15 times.
log=/srv/logs/access.log answers=/home/student/answers/scanners
[ -r "$log" ] || { echo "the log is gone" && exit 1; }
[ -r "$answers" ] || exit 1
given=$(tr -d ' \t\r' <"$answers" | grep . | LC_ALL=C sort)
[ -n "$given" ] || exit 1
found=$(awk '$7 == "/wp-login.php" { n[$1]++ } END { for (a in n) if (n[a] > 15) print a }' "$log" | LC_ALL=C sort)
[ "$given" = "$found" ] || exit 1
