#!/bin/sh
# The address that failed more than thirty times and then got in, as in the first task.
attacker=$(awk '
    { for (i = 6; i < NF; i++) if ($i == "from") address = $(i + 1) }
    /Failed password for/ { failed[address]++ }
    /Accepted password for/ && failed[address] > 30 { print address }' /srv/case/auth.log | sort -u)
# Only lines that say "Failed password" are attempts; other lines name the address too.
grep -c "Failed password for .* from $attacker " /srv/case/auth.log >/home/student/answers/failures
