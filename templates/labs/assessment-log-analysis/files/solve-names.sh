#!/bin/sh
# The name is the word before "from", whether "invalid user" stands before it or not.
attacker=$(cat /home/student/answers/attacker)
grep "Failed password for .* from $attacker " /srv/case/auth.log | sed 's/.* \([^ ]*\) from .*/\1/' | sort -u | wc -l \
    >/home/student/answers/names
