#!/bin/sh
# Whether the group has exactly its two members, and one of them is still in the other groups.
line=$(getent group ops) || { echo "there is no such group" && exit 1; }
gid=$(echo "$line" | cut -d: -f3)
has() { id -Gn "$1" 2>/dev/null | tr ' ' '\n' | grep -qx "$2"; }
for who in nora emile; do
    has "$who" ops || { echo "$who is not in it" && exit 1; }
done
for group in press photos; do
    has emile "$group" || { echo "emile is no longer in $group" && exit 1; }
done
# Everybody else: those named in the group, and those whose first group it is.
others=$(echo "$line" | cut -d: -f4 | tr ',' '\n' | grep -vxE 'nora|emile|')
[ -z "$others" ] || { echo "there are others in it" && exit 1; }
others=$(awk -F: -v gid="$gid" '$4 == gid && $1 != "nora" && $1 != "emile"' /etc/passwd)
[ -z "$others" ] || { echo "it is somebody else's first group" && exit 1; }
exit 0
