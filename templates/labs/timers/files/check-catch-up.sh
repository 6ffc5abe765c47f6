#!/bin/bash
# Whether the backup still runs each night at its time, and is made up for when the machine was off.
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
waits nightly-backup
[ "$(systemctl show -p Persistent --value nightly-backup.timer)" = yes ] || { echo "it is lost when missed" && exit 1; }
expected=$(awk 'BEGIN { for (i = 0; i < 20; i++) printf "2030-01-%02d 03:10:00\n", 7 + i }')
[ "$(times nightly-backup.timer 20)" = "$expected" ] || { echo "not each night at 03:10" && exit 1; }
