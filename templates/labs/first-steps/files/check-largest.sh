#!/bin/sh
# Whether the file names one of the largest in /usr/bin: there may be several of the same size.
answer=$(head -n 1 /home/student/practice/largest 2>/dev/null | tr -d '[:space:]')
[ -n "$answer" ] || exit 1
most=$(find /usr/bin -maxdepth 1 -type f -printf '%s\n' | sort -n | tail -n 1)
[ -n "$most" ] || exit 2
case $answer in
*/*) echo "the name is to be written without the path" && exit 1 ;;
esac
[ "$(stat -c %s "/usr/bin/$answer" 2>/dev/null)" = "$most" ]
