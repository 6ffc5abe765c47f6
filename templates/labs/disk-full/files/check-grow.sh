#!/bin/sh
# Whether the file system has become larger. Some of its size is its own, so it shows less than the file has.
mountpoint -q /srv/data || { echo "it is not mounted" && exit 1; }
# shellcheck disable=SC2046 # two numbers
set -- $(stat -f -c '%b %S' /srv/data)
size=$(($1 * $2 / 1048576))
[ "$size" -ge 84 ] || { echo "it has $size MiB" && exit 1; }
[ -s /srv/data/orders/2025-q1.csv ] || { echo "the orders are gone" && exit 1; }
