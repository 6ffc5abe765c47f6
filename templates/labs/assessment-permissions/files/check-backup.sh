#!/bin/sh
# Whether the file on the disk is root's and nobody else has a right to it.
file=var/backups/payroll-${tag:?}.csv
if [ -L "$file" ] || [ ! -f "$file" ]; then echo "it is gone" && exit 1; fi
grep -q '^lucie,2026-04,3340$' "$file" || { echo "it is not what it was" && exit 1; }
[ "$(stat -c %u "$file")" = 0 ] || { echo "it is not root's" && exit 1; }
mode=$((0$(stat -c %a "$file")))
[ $((mode & 07)) -eq 0 ] || [ $((0$(stat -c %a var/backups) & 01)) -eq 0 ] || { echo "others have rights" && exit 1; }
[ $((mode & 070)) -eq 0 ] || [ "$(stat -c %g "$file")" = 0 ] || { echo "a group has rights" && exit 1; }
