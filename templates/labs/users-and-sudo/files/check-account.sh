#!/bin/sh
# Whether there is an ordinary account with bash, and a home that is its own and closed to others.
line=$(getent passwd nora) || { echo "there is no such account" && exit 1; }
uid=$(id -u nora) || exit 1
[ "$uid" -ge 1000 ] || { echo "its number is $uid" && exit 1; }
[ "$(echo "$line" | cut -d: -f6)" = /home/nora ] || { echo "its home is elsewhere" && exit 1; }
case $(echo "$line" | cut -d: -f7) in
/bin/bash | /usr/bin/bash) ;;
*) echo "its shell is not bash" && exit 1 ;;
esac
[ -d /home/nora ] || { echo "its home is missing" && exit 1; }
[ "$(stat -c %u /home/nora)" = "$uid" ] || { echo "its home is not its own" && exit 1; }
# Others have no right to look in; members of its group neither, unless the group is its own.
mode=$(stat -c %a /home/nora)
[ $((0$mode & 0005)) -eq 0 ] || { echo "everybody can look into its home" && exit 1; }
[ $((0$mode & 0050)) -eq 0 ] || [ "$(stat -c %G /home/nora)" = nora ] || { echo "a group can look in" && exit 1; }
