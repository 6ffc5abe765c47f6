#!/bin/bash
# Whether the summary is made from Monday to Friday, and on no other day, at the time from the note; one line or
# several. Prints each job of the crontab: minutes, hours, days, months and weekdays as a 0 or 1 for each that there is,
# a tab, and the command. Sunday is the first of the weekdays.
jobs() {
    crontab -u student -l 2>/dev/null | awk '
    function number(text, names,   i) {
        i = index(names, tolower(text))
        return text ~ /^[0-9]+$/ ? text + 0 : length(text) == 3 && i ? (i + 2) / 3 - (names ~ /^sun/) : -1
    }
    function all(text, low, high, names,   parts, n, i, step, range, from, to, k, is, set) {
        n = split(text, parts, ",")
        for (i = 1; i <= n; i++) {
            step = split(parts[i], range, "/") > 1 ? range[2] + 0 : 1
            if (range[1] == "*") { from = low; to = high }
            else {
                to = split(range[1], range, "-") > 1 ? number(range[2], names) : -2
                from = number(range[1], names)
                if (to == -2) to = step > 1 ? high : from
            }
            if (from < low || to < from || step < 1) return "wrong"
            for (k = from; k <= to; k += step) is[k] = 1
        }
        if (high == 7) { if (is[7]) is[0] = 1; high = 6 }
        for (k = low; k <= high; k++) set = set (k in is ? 1 : 0)
        return set
    }
    BEGIN {
        months = "janfebmaraprmayjunjulaugsepoctnovdec"; days = "sunmontuewedthufrisat"
        short["@daily"] = short["@midnight"] = "0 0 * * *"; short["@hourly"] = "0 * * * *"
        short["@weekly"] = "0 0 * * 0"; short["@monthly"] = "0 0 1 * *"
    }
    /^[ \t]*(#|$)/ || /^[ \t]*[A-Za-z_][A-Za-z0-9_]*[ \t]*=/ { next }
    {
        sub(/^[ \t]+/, "")
        if ($1 in short) { rest = $0; sub(/^[^ \t]+/, "", rest); $0 = short[$1] rest }
        if (NF < 6) next
        command = $0
        for (i = 1; i <= 5; i++) sub(/^[^ \t]+[ \t]+/, "", command)
        print all($1, 0, 59), all($2, 0, 23), all($3, 1, 31), all($4, 1, 12, months), all($5, 0, 7, days) "\t" command
    }'
}
# What jobs prints for one minute of one hour of every day and month. $1: hour, $2: minute.
at() {
    awk -v hour="$1" -v minute="$2" 'BEGIN {
        for (i = 0; i < 60; i++) printf "%d", i == minute
        printf " "
        for (i = 0; i < 24; i++) printf "%d", i == hour
        print " 1111111111111111111111111111111 111111111111"
    }'
}
time=$(at "${hour:?}" "${quarter:?}")
days=$(jobs | grep -E '[[:space:]](/usr/local/bin/)?send-summary([^A-Za-z0-9_.-]|$)') ||
    { echo "there is no such job" && exit 1; }
echo "$days" | awk -v time="$time" '
    { split($0, part, "\t"); split(part[1], field, " ") }
    field[1] " " field[2] " " field[3] " " field[4] != time { wrong = 1 }
    { for (i = 1; i <= 7; i++) if (substr(field[5], i, 1) == 1) is[i]++ }
    END { exit !(!wrong && !is[1] && is[2] && is[3] && is[4] && is[5] && is[6] && !is[7]) }' ||
    { echo "not at the right times" && exit 1; }
# cron looks for programs in few folders only: without its path it is not found.
echo "$days" | grep -q /usr/local/bin/send-summary && exit 0
crontab -u student -l | grep -qE '^[[:space:]]*PATH[[:space:]]*=.*/usr/local/bin' ||
    { echo "cron does not find it" && exit 1; }
