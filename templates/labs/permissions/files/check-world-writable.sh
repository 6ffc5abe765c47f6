#!/bin/sh
# Whether only root can change the script, and root can still run it.
file=/usr/local/lib/housekeeping/tidy.sh
[ -f "$file" ] || { echo "the script is gone" && exit 1; }
[ "$(stat -c %U "$file")" = root ] || { echo "its owner is not root" && exit 1; }
mode=$(stat -c %a "$file")
# Leading digits of a mode are octal to the shell when a 0 stands before them.
[ $((0$mode & 0002)) -eq 0 ] || { echo "everybody can still change it" && exit 1; }
[ $((0$mode & 0020)) -eq 0 ] || [ "$(stat -c %G "$file")" = root ] || { echo "a group can change it" && exit 1; }
[ $((0$mode & 0100)) -ne 0 ] || { echo "it can no longer be run" && exit 1; }
