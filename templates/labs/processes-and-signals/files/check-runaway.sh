#!/bin/sh
# Whether the program neither runs nor would be started: by its unit now, or with the machine.
pgrep -x reindex >/dev/null && { echo "it is running" && exit 1; }
[ -x /usr/local/bin/reindex ] || exit 0
case $(systemctl is-active reindex.service 2>/dev/null) in
active | activating | reloading) echo "its service is on" && exit 1 ;;
esac
case $(systemctl is-enabled reindex.service 2>/dev/null) in
enabled*) echo "its service starts with the machine" && exit 1 ;;
esac
exit 0
