#!/bin/bash
# Whether the account is one of the system's: with a number below 1000, a group of its own, no shell and no password.
IFS=: read -r _ _ uid gid _ _ shell < <(grep "^${account:?}:" etc/passwd)
[ -n "$uid" ] || { echo "there is no such account" && exit 1; }
{ [ "$uid" -gt 0 ] && [ "$uid" -lt 1000 ]; } || { echo "its number is $uid" && exit 1; }
case $shell in
*/nologin | */false) ;;
*) echo "its shell is $shell" && exit 1 ;;
esac
grep -q "^$account:[^:]*:$gid:" etc/group || { echo "it has no group of its own" && exit 1; }
IFS=: read -r _ password _ < <(grep "^$account:" etc/shadow)
case $password in
'!'* | '*'*) ;;
*) echo "it has a password" && exit 1 ;;
esac
