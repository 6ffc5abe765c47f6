#!/bin/sh
# Whether root is the only account of number 0.
grep -q '^root:[^:]*:0:' /etc/passwd || { echo "root itself is gone" && exit 1; }
others=$(awk -F: '$3 == 0 && $1 != "root" { print $1 }' /etc/passwd)
[ -z "$others" ] || { echo "of number 0 too: $others" && exit 1; }
