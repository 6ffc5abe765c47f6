#!/bin/sh
# Whether half of the inodes are free, and what had to stay is there.
mountpoint -q /srv/spool || { echo "it is not mounted" && exit 1; }
# shellcheck disable=SC2046 # two numbers
set -- $(stat -f -c '%c %d' /srv/spool)
[ "$(($2 * 2))" -ge "$1" ] || { echo "$2 of $1 inodes are free" && exit 1; }
recent=$(find /srv/spool/sessions -type f -name 'sess_*' -newermt 2026-01-01 2>/dev/null | wc -l)
[ "$recent" -ge 63 ] || { echo "of 63 recent sessions there are $recent" && exit 1; }
mail=$(find /srv/spool/mail -type f -name '1??.eml' -size +0 2>/dev/null | wc -l)
[ "$mail" -ge 24 ] || { echo "of 24 letters there are $mail" && exit 1; }
