#!/bin/sh
# Whether little of the disk is in use, as the file system counts it: files that are deleted and held open count too.
mountpoint -q /srv/data || { echo "it is not mounted" && exit 1; }
# shellcheck disable=SC2046 # three numbers
set -- $(stat -f -c '%b %f %S' /srv/data)
used=$((($1 - $2) * $3 / 1000000))
[ "$used" -le 20 ] || { echo "$used MB are in use" && exit 1; }
# The sum of all orders, in the order of their names.
sum=$(cat /srv/data/orders/2025-q1.csv /srv/data/orders/2025-q2.csv /srv/data/orders/2025-q3.csv \
    /srv/data/orders/2025-q4.csv 2>/dev/null | cksum)
[ "$sum" = "1902082549 4000104" ] || { echo "the orders are not what they were" && exit 1; }
