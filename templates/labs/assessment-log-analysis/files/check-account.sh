#!/bin/sh
# Whether the answer is the account whose password was guessed.
answers=home/student/answers/account
[ -f "$answers" ] || exit 1
answer=$(head -c 4096 "$answers" | tr -d '[:space:]') || exit 1
[ "$answer" = "${account:?}" ] || exit 1
