#!/bin/sh
# Whether the copy is the person's and closed to everybody else; who may execute it does not matter.
file=/home/student/practice/os-release
[ "$(stat -c %U "$file")" = student ] || exit 1
case $(stat -c %a "$file") in
?00) exit 0 ;;
*) echo "its permissions are $(stat -c %A "$file")" && exit 1 ;;
esac
