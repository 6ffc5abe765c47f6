#!/bin/sh
# Whether the script is where it was, for root to run and for nobody else to change.
folder=${place:?}
folder=${folder#/}
file=$folder/tidy-${tag:?}.sh
if [ -L "$file" ] || [ ! -f "$file" ]; then echo "it is gone" && exit 1; fi
grep -q '^find /srv -name ' "$file" || { echo "it is not what it was" && exit 1; }
for path in "$folder" "$file"; do
    [ "$(stat -c %u "$path")" = 0 ] || { echo "$path is not root's" && exit 1; }
    mode=$((0$(stat -c %a "$path")))
    [ $((mode & 02)) -eq 0 ] || { echo "everybody can change $path" && exit 1; }
    [ $((mode & 020)) -eq 0 ] || [ "$(stat -c %g "$path")" = 0 ] || { echo "a group can change $path" && exit 1; }
done
[ $((mode & 0100)) -ne 0 ] || { echo "it can no longer be run" && exit 1; }
