#!/bin/bash
# Whether the job at 02:15 of every night makes its archive: it is run as cron would run it. Prints each job of the
# crontab: minutes, hours, days, months and weekdays as a 0 or 1 for each that there is, a tab, and the command. Sunday
# is the first of the weekdays.
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
archive=/home/student/reports/sales-$(date +%F).tar.gz
time="$(at 2 15) 1111111"
found=$(jobs | while IFS=$'\t' read -r when command; do
    if [ "$when" = "$time" ]; then printf '%s\n' "$command"; fi
done)
[ -n "$found" ] || { echo "there is no job at 02:15 of every night" && exit 1; }

# Settings that stand in the crontab hold for its jobs.
mapfile -t settings < <(crontab -u student -l | tr -d "'\"" |
    sed -nE 's/^[[:space:]]*([A-Za-z_][A-Za-z0-9_]*)[[:space:]]*=[[:space:]]*(.*)$/\1=\2/p')
shell=/bin/sh
for setting in "${settings[@]}"; do
    case $setting in
    SHELL=*) shell=${setting#*=} ;;
    esac
done
kept=
if [ -e "$archive" ]; then kept=$archive.kept && mv "$archive" "$kept"; fi
while IFS= read -r command; do
    # What cron makes of %: what follows the first is the job's input, and \% is a % to it.
    mark=$'\001'
    command=${command//\\%/$mark}
    input=
    case $command in
    *%*) input=${command#*%} command=${command%%%*} ;;
    esac
    command=${command//$mark/%}
    printf '%s' "${input//%/$'\n'}" | timeout 10 runuser -u student -- env -i --chdir=/home/student HOME=/home/student \
        LOGNAME=student PATH=/usr/bin:/bin SHELL=/bin/sh "${settings[@]}" "$shell" -c "$command"
done <<<"$found"
made=no
if tar -tzf "$archive" 2>/dev/null | grep -q 'sales\.csv$'; then made=yes; fi
rm -f "$archive"
[ -z "$kept" ] || mv "$kept" "$archive"
[ "$made" = yes ] || { echo "the job makes no archive" && exit 1; }
