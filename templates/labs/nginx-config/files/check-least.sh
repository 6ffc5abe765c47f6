#!/bin/bash
# Whether those who serve the pages are not root, can read all of them, and can change none. What is set in the
# configuration counts, so that it need not run.
configuration=$(nginx -T -q 2>/dev/null) || { echo "the configuration is wrong" && exit 1; }
user=$(awk '$1 == "user" { sub(/;.*/, "", $2); print $2; exit }' <<<"$configuration")
case $user in
'' | root) echo "they are '$user'" && exit 1 ;;
esac
pages=/srv/shop/public
as() { runuser -u "$user" -- "$@"; }
{ as test -r "$pages/index.html" && as test -r "$pages/style.css"; } || { echo "they cannot read all" && exit 1; }
changeable=$(as find "$pages" -writable -print -quit 2>/dev/null)
[ -z "$changeable" ] || { echo "they can change $changeable" && exit 1; }
