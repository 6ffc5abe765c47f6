#!/bin/sh
# Whether a password is valid for 90 days at most, with a warning 14 days before or earlier.
shadow=$(getent shadow zoe) || exit 1
most=$(echo "$shadow" | cut -d: -f5)
warning=$(echo "$shadow" | cut -d: -f6)
[ "$most" = 90 ] || { echo "a password is valid for ${most:-ever} days" && exit 1; }
[ "$warning" = 14 ] || { echo "the warning comes ${warning:-no} days before" && exit 1; }
