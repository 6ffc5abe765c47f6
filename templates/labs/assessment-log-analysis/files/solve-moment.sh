#!/bin/sh
# The hour is what stands between the T and the + of the first field.
attacker=$(cat /home/student/answers/attacker)
grep -m 1 "Accepted password for .* from $attacker " /srv/case/auth.log | sed 's/^[^T]*T\([0-9:]*\)+.*/\1/' \
    >/home/student/answers/moment
