#!/bin/sh
# Whether the answer is the minute of this session; seconds may stand behind it.
answer=$(head -n 1 home/student/since.txt 2>/dev/null | tr -d '[:space:]')
case $answer in
"${hour:?}:${minute:?}" | "$hour:$minute:"??) exit 0 ;;
esac
echo "the answer is ${answer:-not there}, and not $hour:$minute"
exit 1
