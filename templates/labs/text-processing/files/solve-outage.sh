#!/bin/sh
# Of [17/Mar/2025:06:25:14 the minute is five characters from the fourteenth on. Then it is counted as ever.
awk '$9 == 503 { print substr($4, 14, 5) }' /srv/logs/access.log | sort | uniq -c | sort -rn |
    awk 'NR == 1 { print $2 }' >/home/student/answers/outage
