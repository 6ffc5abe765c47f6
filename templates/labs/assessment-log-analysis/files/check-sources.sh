#!/bin/sh
# Whether the answer is the addresses from which the intruder's own account was used, one a line, in any order.
answers=home/student/answers/sources
[ -f "$answers" ] || exit 1
given=$(head -c 4096 "$answers" | tr -d ' \t\r' | grep . | LC_ALL=C sort -u)
expected=$(printf '%s\n' "203.0.113.${host:?}" "198.51.100.${away:?}" "192.0.2.$((away + 17))" | LC_ALL=C sort -u)
[ "$given" = "$expected" ] || exit 1
