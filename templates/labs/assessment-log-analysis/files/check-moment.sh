#!/bin/sh
# Whether the answer is the second in which the intruder came in.
answers=home/student/answers/moment
[ -f "$answers" ] || exit 1
answer=$(head -c 4096 "$answers" | tr -d '[:space:]') || exit 1
[ "$answer" = "$(printf %02d:%02d:%02d "${hour:?}" "${minute:?}" "${second:?}")" ] || exit 1
