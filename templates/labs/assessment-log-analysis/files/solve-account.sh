#!/bin/sh
# The line that lets the address in names the account. The space behind the address keeps 203.0.113.2 from being
# taken for 203.0.113.20.
attacker=$(cat /home/student/answers/attacker)
grep "Accepted password for .* from $attacker " /srv/case/auth.log | sed 's/.*Accepted password for \([^ ]*\) .*/\1/' |
    sort -u >/home/student/answers/account
