#!/bin/bash
# Whether the file has the five most wanted pages with their numbers, the most wanted first. Of pages asked for
# equally often any will do, in any order.
log=/srv/logs/access.log answers=/home/student/answers/pages
[ -r "$log" ] || { echo "the log is gone" && exit 1; }
[ -r "$answers" ] || exit 1
awk '
    FNR == NR { sub(/\?.*/, "", $7); n[$7]++; next }
    NF > 0 {
        lines++
        if (NF != 2 || seen[$2]++ || n[$2] != $1) wrong = 1
        given[lines] = $1
    }
    END {
        if (wrong || lines != 5) exit 1
        # What is left after the largest has been taken out five times must be what was given.
        for (i = 1; i <= 5; i++) {
            best = ""
            for (page in n) if (!(page in taken) && (best == "" || n[page] > n[best])) best = page
            taken[best] = 1
            if (given[i] != n[best]) exit 1
        }
    }' "$log" "$answers" || exit 1
