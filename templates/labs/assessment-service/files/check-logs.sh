#!/bin/bash
# Whether the folder of the log belongs to the account, is closed to others, and has a log that the service has written
# as that account, at its port.
folder=var/log/ledger
uid=$(awk -F: -v name="${account:?}" '$1 == name { print $3 }' etc/passwd)
[ -n "$uid" ] || { echo "there is no such account" && exit 1; }
[ -d "$folder" ] || { echo "there is no folder" && exit 1; }
IFS=: read -r owner mode < <(stat -c %u:%a "$folder")
[ "$owner" = "$uid" ] || { echo "it belongs to $owner" && exit 1; }
case $mode in
*0) ;;
*) echo "its mode is $mode" && exit 1 ;;
esac
[ -f "$folder/ledger.log" ] || { echo "there is no log" && exit 1; }
[ "$(stat -c %u "$folder/ledger.log")" = "$uid" ] || { echo "the log is another's" && exit 1; }
grep -q "started on port ${port:?} as $account\$" "$folder/ledger.log" || { echo "it has not run as asked" && exit 1; }
