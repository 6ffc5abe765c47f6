#!/bin/sh
# Only lines that say "Failed password" are attempts; other lines name the address too.
attacker=$(cat /home/student/answers/attacker)
grep -c "Failed password for .* from $attacker " /srv/case/auth.log >/home/student/answers/failures
