#!/bin/sh
# Whether the answer is how many names the intruder tried.
answers=home/student/answers/names
[ -f "$answers" ] || exit 1
answer=$(head -c 4096 "$answers" | tr -d '[:space:]') || exit 1
[ "$answer" = "${tried:?}" ] || exit 1
