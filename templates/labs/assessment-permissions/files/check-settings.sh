#!/bin/sh
# Whether the account can read its settings on the disk, through a group or as anybody in a folder that is its group's
# alone, and cannot change them; and nobody else can read them.
folder=etc/${service:?}
file=$folder/$service.conf
if [ -L "$file" ] || [ ! -f "$file" ] || [ -L "$folder" ]; then echo "the settings are gone" && exit 1; fi
grep -q "^password = ${tag:?}-quiet-heron\$" "$file" || { echo "the settings are not what they were" && exit 1; }

line=$(grep "^$service:" etc/passwd | head -n 1)
[ -n "$line" ] || { echo "the account is gone" && exit 1; }
user=$(echo "$line" | cut -d: -f3)
own=$(echo "$line" | cut -d: -f4)
# Nobody else may come in through the account's own group.
others=$(awk -F: -v own="$own" '$3 == own { print $4; exit }' etc/group | tr ',' '\n' | grep -vx "$service" | grep .)
[ -z "$others" ] || { echo "others are in its group" && exit 1; }
others=$(awk -F: -v own="$own" -v name="$service" '$4 == own && $1 != name' etc/passwd)
[ -z "$others" ] || { echo "its group is somebody else's too" && exit 1; }

for path in "$folder" "$file"; do
    [ "$(stat -c %u "$path")" = 0 ] || { echo "$path is not root's: its owner can change its rights" && exit 1; }
done
# What each of the two lets the account do, and what it lets strangers do.
may() {
    mode=$((0$(stat -c %a "$1")))
    if [ "$(stat -c %g "$1")" = "$own" ]; then echo $((mode >> 3 & 7)); else echo $((mode & 7)); fi
}
[ $(($(may "$folder") & 1)) -ne 0 ] || { echo "the account cannot go into the folder" && exit 1; }
[ $(($(may "$file") & 4)) -ne 0 ] || { echo "the account cannot read the file" && exit 1; }
[ $((($(may "$folder") | $(may "$file")) & 2)) -eq 0 ] || { echo "the account can change it" && exit 1; }

around=$((0$(stat -c %a "$folder")))
mode=$((0$(stat -c %a "$file")))
if [ $((around & 01)) -ne 0 ] && [ $((mode & 04)) -ne 0 ]; then echo "everybody can read it" && exit 1; fi
if [ $((around & 02)) -ne 0 ] || [ $((mode & 02)) -ne 0 ]; then echo "everybody can change it" && exit 1; fi
# A third group, with members of its own, must not be let in either.
for path in "$folder" "$file"; do
    group=$(stat -c %g "$path")
    [ "$group" = 0 ] || [ "$group" = "$own" ] || { echo "$path is of another group" && exit 1; }
done
[ "$user" != 0 ] || { echo "the account is root" && exit 1; }
