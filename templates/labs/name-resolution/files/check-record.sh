#!/bin/sh
# Whether the name server knows the new machine, and the old ones as before.
told() { dig +short +time=3 +tries=1 @127.0.0.1 "$1" A; }
[ "$(told printer.corp.test)" = "127.21.${net:?}.${printer:?}" ] || exit 1
[ "$(told wiki.corp.test)" = "127.20.$net.10" ] || { echo "it has forgotten the others" && exit 1; }
