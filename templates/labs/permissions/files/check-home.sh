#!/bin/sh
# Whether all of the folder is tom's, and what a link in it leads to was left alone.
[ -f /home/tom/letters/spring.txt ] || exit 1
other=$(find /home/tom ! -type l \( ! -user tom -o ! -group tom \) | head -n 1)
[ -z "$other" ] || { echo "$other is not tom's" && exit 1; }
[ "$(stat -c %U:%G /etc/motd)" = root:root ] || { echo "/etc/motd was given away" && exit 1; }
