#!/bin/sh
# Whether the program is there and stands back.
values=$(ps -o ni= -C thumbnails | tr -d ' ')
[ -n "$values" ] || { echo "it is not running" && exit 1; }
for value in $values; do
    [ "$value" -ge 10 ] 2>/dev/null || { echo "its niceness is $value" && exit 1; }
done
exit 0
