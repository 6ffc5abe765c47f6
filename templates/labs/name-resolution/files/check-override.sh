#!/bin/sh
# Whether the shop is this machine for programs here, while the name server tells everybody what it told before.
name=shop.corp.test
found=$(getent ahosts "$name" | awk 'NR == 1 { print $1 }')
case $found in
127.0.0.1 | ::1) ;;
*) echo "$name is '$found'" && exit 1 ;;
esac
told=$(dig +short +time=3 +tries=1 @127.0.0.1 "$name" A)
[ "$told" = "127.20.${net:?}.40" ] || { echo "the name server says '$told'" && exit 1; }
