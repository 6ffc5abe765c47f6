#!/bin/sh
# Whether the answer is the address that guessed a password.
answers=home/student/answers/attacker
[ -f "$answers" ] || exit 1
answer=$(head -c 4096 "$answers" | tr -d '[:space:]') || exit 1
[ "$answer" = "203.0.113.${host:?}" ] || exit 1
