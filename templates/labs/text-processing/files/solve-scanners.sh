#!/bin/sh
# Counted first, chosen afterwards: uniq writes the number first, and awk compares it.
awk '$7 == "/wp-login.php" { print $1 }' /srv/logs/access.log | sort | uniq -c | awk '$1 > 15 { print $2 }' \
    >/home/student/answers/scanners
