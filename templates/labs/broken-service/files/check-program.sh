#!/bin/sh
# Whether every file in the command that systemd knows for the service is there.
command=$(systemctl show --property ExecStart --value guestbook.service) || exit 2
words=$(echo "$command" | tail -n 1 | sed -n 's/.*argv\[\]=\(.*\) ; ignore_errors=.*/\1/p')
[ -n "$words" ] || { echo "there is no command" && exit 1; }
found=no
for word in $words; do
    case $word in
    /opt/guestbook/*) found=yes ;;
    *server.py) found=yes && continue ;;
    /*) ;;
    *) continue ;;
    esac
    [ -f "$word" ] || { echo "$word is not there" && exit 1; }
done
[ $found = yes ] || { echo "it is not the guest book's program: $words" && exit 1; }
