#!/bin/sh
# The first failure after the last order that was accepted: each accepted one forgets what was noted before it.
awk '/ accepted$/ { first = "" } / failed: / && first == "" { first = substr($2, 1, 5) } END { print first }' \
    /var/log/parcels/orders.log >/home/student/since.txt
