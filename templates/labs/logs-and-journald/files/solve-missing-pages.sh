#!/bin/sh
# zcat -f passes on what is not compressed. Equal lines are counted when they stand together, so they are sorted before.
cd /var/log/shop || exit 1
zcat -f access.log access.log.1 access.log.2.gz | awk '$9 == 404 { print $1 }' | sort | uniq -c | sort -n |
    awk 'END { print $2 }' >/home/student/answers/address
