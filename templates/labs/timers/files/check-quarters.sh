#!/bin/bash
# Whether the timer runs and starts the export at each quarter of an hour, every day.
# The next times of a timer as systemd reckons them from Monday, 7 January 2030 on. $1: the timer, $2: how many.
times() {
    systemctl show -p TimersCalendar "$1" | sed -n 's/.*{ OnCalendar=\(.*\) ; next_elapse=.*/\1/p' |
        while read -r when; do
            systemd-analyze calendar --base-time="2030-01-06 23:59:59" --iterations="$2" "$when"
        done | sed -nE 's/.*(Next elapse|Iteration #[0-9]+): [A-Za-z]+ ([0-9-]+ [0-9:]+).*/\2/p' |
        sort -u | head -n "$2"
}
# Whether a timer waits for its next time, is started with the machine, and starts its service. $1: their name.
waits() {
    systemctl is-active --quiet "$1.timer" || { echo "$1.timer does not run" && exit 1; }
    case " $(systemctl show -p WantedBy --value "$1.timer") " in
    *" timers.target "* | *" multi-user.target "* | *" basic.target "* | *" sysinit.target "* | *" default.target "*) ;;
    *) echo "nothing starts $1.timer with the machine" && exit 1 ;;
    esac
    [ "$(systemctl show -p Unit --value "$1.timer")" = "$1.service" ] || { echo "it starts another unit" && exit 1; }
}
waits export-orders
expected=$(awk 'BEGIN {
    for (i = 0; i < 700; i++) printf "2030-01-%02d %02d:%02d:00\n", 7 + int(i / 96), int(i / 4) % 24, i % 4 * 15
}')
[ "$(times export-orders.timer 700)" = "$expected" ] || { echo "not at the quarters of the hour" && exit 1; }
