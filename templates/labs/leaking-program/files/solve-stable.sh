#!/bin/sh
# Five counts, a second apart: a program that leaks would show a larger number each time. The first waits until the
# program, which may just have been restarted, is at its work.
set -eu
sleep 3
pid=$(systemctl show -p MainPID --value greenhouse)
for _ in 1 2 3 4 5; do
    echo "$(date +%T) $(find "/proc/$pid/fd" -mindepth 1 | wc -l)"
    sleep 1
done >/home/student/answers/counts
