#!/bin/sh
# Whether logrotate, which is asked what it would do, has the log in daily care with seven old ones, compressed.
rule=/etc/logrotate.d/shop
[ -f "$rule" ] || { echo "there is no rule" && exit 1; }
command -v logrotate >/dev/null || exit 2
# The pattern is told before the logs that it is for.
pattern=$(logrotate -d /etc/logrotate.conf 2>&1 | awk '
    /^rotating pattern: / { pattern = $0 }
    /^considering log \/var\/log\/shop\/orders\.log$/ { print pattern; exit }')
[ -n "$pattern" ] || { echo "logrotate knows no rule for it" && exit 1; }
case $pattern in
*"after 1 days"*) ;;
*) echo "not daily: $pattern" && exit 1 ;;
esac
case $pattern in
*"(7 rotations)"*) ;;
*) echo "not seven: $pattern" && exit 1 ;;
esac
words() { sed 's/#.*//' "$1" | tr -s ' \t{};' '\n'; }
words "$rule" | grep -qx nocompress && { echo "not compressed" && exit 1; }
words "$rule" | grep -qx compress || words /etc/logrotate.conf | grep -qx compress ||
    { echo "not compressed" && exit 1; }
