#!/bin/sh
# Brought together, counted, sorted by number. uniq indents its numbers, which the last awk takes away.
grep 'Failed password for' /srv/case/auth.log | sed 's/.* from \([^ ]*\) port.*/\1/' | sort | uniq -c | sort -rn |
    head -n 5 | awk '{ print $1, $2 }' >/home/student/answers/top
