#!/bin/sh
# Whether there are five counts or more that do not grow, and that can be counts of the service as it runs.
pid=$(systemctl show -p MainPID --value greenhouse.service)
[ "${pid:-0}" -gt 0 ] || { echo "it does not run" && exit 1; }
open=$(find "/proc/$pid/fd" -mindepth 1 | wc -l)
awk -v open="$open" '
    NF > 0 {
        n++
        if ($NF !~ /^[0-9]+$/) wrong = 1
        if (n == 1 || $NF + 0 < least) least = $NF + 0
        if ($NF + 0 > most) most = $NF + 0
    }
    END { exit !(n >= 5 && !wrong && most - least <= 3 && least >= 3 && most <= open + 5) }
' /home/student/answers/counts || exit 1
