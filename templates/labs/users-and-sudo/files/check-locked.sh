#!/bin/sh
# Whether no way leads into the account, and it and its files are still there.
line=$(getent passwd vincent) || { echo "the account is gone" && exit 1; }
[ -s /home/vincent/interview.txt ] || { echo "the files are gone" && exit 1; }
case $(echo "$line" | cut -d: -f7) in
*/nologin | */false) exit 0 ;;
esac
shadow=$(getent shadow vincent) || exit 1
end=$(echo "$shadow" | cut -d: -f8)
today=$(($(date +%s) / 86400))
[ -n "$end" ] && [ "$end" -ge 0 ] && [ "$today" -ge "$end" ] && exit 0
# The password spoilt and the key taken away closes both ways as well.
case $(echo "$shadow" | cut -d: -f2) in
'!'* | '*'*) [ ! -s /home/vincent/.ssh/authorized_keys ] && exit 0 ;;
*) echo "the password still works" && exit 1 ;;
esac
echo "the key still works"
exit 1
