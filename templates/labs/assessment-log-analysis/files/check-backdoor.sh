#!/bin/sh
# Whether the answer is the account that the intruder made.
answers=home/student/answers/backdoor
[ -f "$answers" ] || exit 1
answer=$(head -c 4096 "$answers" | tr -d '[:space:]') || exit 1
[ "$answer" = "${backdoor:?}" ] || exit 1
