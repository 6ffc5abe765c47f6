#!/bin/sh
# Whether the file has two numbers that can be a window: lines and columns.
file=/home/student/window
[ -s "$file" ] || exit 1
awk 'NR == 1 { fits = NF == 2 && $1 >= 5 && $1 <= 500 && $2 >= 20 && $2 <= 1000 } END { exit !fits }' "$file" || exit 1
