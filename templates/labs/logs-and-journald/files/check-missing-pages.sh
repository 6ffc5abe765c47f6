#!/bin/sh
# Whether the answer is this session's address.
answer=$(head -n 1 /home/student/answers/address 2>/dev/null | tr -d '[:space:]')
[ "$answer" = "198.51.100.${host:?}" ] || { echo "the answer is ${answer:-not there}" && exit 1; }
