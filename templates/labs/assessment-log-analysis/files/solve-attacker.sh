#!/bin/sh
# Addresses are counted as they fail; one that has failed more than thirty times and then gets in is the one. Where the
# word "from" stands depends on whether the name was known, so it is looked for.
awk '
    { for (i = 6; i < NF; i++) if ($i == "from") address = $(i + 1) }
    /Failed password for/ { failed[address]++ }
    /Accepted password for/ && failed[address] > 30 { print address }' /srv/case/auth.log | sort -u \
    >/home/student/answers/attacker
