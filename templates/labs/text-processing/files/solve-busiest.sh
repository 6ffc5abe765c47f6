#!/bin/sh
# uniq counts only lines that follow each other, so equal ones are brought together first. The second sort puts the
# largest number on top; of that line the address is the second field.
cut -d ' ' -f 1 /srv/logs/access.log | sort | uniq -c | sort -rn | awk 'NR == 1 { print $2 }' \
    >/home/student/answers/busiest
