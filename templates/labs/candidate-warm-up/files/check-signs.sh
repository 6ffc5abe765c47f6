#!/bin/sh
# Whether each of the signs is there; spaces and order do not matter.
file=/home/student/signs
[ -s "$file" ] || exit 1
# shellcheck disable=SC1003 # one backslash is meant
for sign in '|' '\' '{' '}' '[' ']' '~' '@' '#' '&' '<' '>' '"' '$'; do
    grep -qF -e "$sign" "$file" || { echo "$sign is missing" && exit 1; }
done
