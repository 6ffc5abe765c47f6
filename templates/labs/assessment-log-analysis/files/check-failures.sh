#!/bin/sh
# Whether the answer is how often the intruder's address failed.
answers=home/student/answers/failures
[ -f "$answers" ] || exit 1
answer=$(head -c 4096 "$answers" | tr -d '[:space:]') || exit 1
[ "$answer" = "${failures:?}" ] || exit 1
