#!/bin/sh
# The seventh field is the address in the request; what follows a question mark is no part of the page. uniq indents its
# numbers, which the last awk takes away.
awk '{ print $7 }' /srv/logs/access.log | cut -d '?' -f 1 | sort | uniq -c | sort -rn | head -n 5 |
    awk '{ print $1, $2 }' >/home/student/answers/pages
