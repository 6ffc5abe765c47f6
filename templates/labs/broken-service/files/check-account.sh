#!/bin/sh
# Whether systemd knows the right account for the service, as a name or a number.
user=$(systemctl show --property User --value guestbook.service) || exit 2
id=$(id -u guestbook 2>/dev/null) || { echo "the account is gone" && exit 1; }
[ "$user" = guestbook ] || [ "$user" = "$id" ] || { echo "it runs as ${user:-root}" && exit 1; }
