#!/bin/sh
# Whether the answer is the time of the first failure; seconds may stand behind it.
answer=$(head -n 1 /home/student/answers/time 2>/dev/null | tr -d '[:space:]')
case $answer in
"${hour:?}:${minute:?}" | "$hour:$minute:"??) exit 0 ;;
esac
echo "the answer is ${answer:-not there}"
exit 1
