#!/bin/bash
# Whether the new timer starts its job every hour at the minute from the note, and the job does its work each time it is
# started: twice here, as one that stays active after the first time is not started again.
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
waits disk-usage
expected=$(awk -v minute="${minute:?}" 'BEGIN {
    for (i = 0; i < 200; i++) printf "2030-01-%02d %02d:%02d:00\n", 7 + int(i / 24), i % 24, minute
}')
[ "$(times disk-usage.timer 200)" = "$expected" ] || { echo "not every hour at minute $minute" && exit 1; }
lines() { wc -l 2>/dev/null </var/log/disk-usage.log || echo 0; }
before=$(lines)
for _ in 1 2; do
    timeout 10 systemctl start --wait disk-usage.service || { echo "the job fails or does not end" && exit 1; }
done
[ $(($(lines) - before)) -ge 2 ] || { echo "the job does nothing" && exit 1; }
