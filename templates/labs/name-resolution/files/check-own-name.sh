#!/bin/sh
# Whether the machine's own name leads to itself.
name=$(hostname)
[ "$name" != localhost ] || { echo "the machine was renamed" && exit 1; }
case $(getent ahosts "$name" | awk 'NR == 1 { print $1 }') in
127.* | ::1) ;;
*) exit 1 ;;
esac
