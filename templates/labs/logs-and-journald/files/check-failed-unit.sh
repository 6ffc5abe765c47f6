#!/bin/sh
# Whether the answer is the service that fails in this session, with or without its kind.
answer=$(head -n 1 /home/student/answers/unit 2>/dev/null | tr -d '[:space:]')
[ "${answer%.service}" = "${unit:?}" ] || { echo "the answer is ${answer:-not there}" && exit 1; }
