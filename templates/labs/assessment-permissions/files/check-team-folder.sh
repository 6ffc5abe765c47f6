#!/bin/sh
# Whether the folder on the disk is the group's with every right, and others have none. Names are numbers here.
folder=srv/${team:?}-${tag:?}
if [ -L "$folder" ] || [ ! -d "$folder" ]; then echo "the folder is gone" && exit 1; fi
[ -f "$folder/meeting.txt" ] || { echo "what was in it is gone" && exit 1; }
group=$(sed -n "s/^$team:[^:]*:\([0-9]*\):.*/\1/p" etc/group | head -n 1)
[ -n "$group" ] || { echo "the group is gone" && exit 1; }
[ "$(stat -c %g "$folder")" = "$group" ] || { echo "the folder is not the group's" && exit 1; }
mode=$((0$(stat -c %a "$folder")))
[ $((mode & 070)) -eq $((070)) ] || { echo "the group lacks rights" && exit 1; }
[ $((mode & 07)) -eq 0 ] || { echo "others have rights" && exit 1; }
# The owner may be root or one of the team; an outsider would be somebody who can look in.
owner=$(stat -c %u "$folder")
[ "$owner" = 0 ] && exit 0
name=$(awk -F: -v owner="$owner" '$3 == owner { print $1; exit }' etc/passwd)
awk -F: -v team="$team" -v name="$name" '
    $1 == team && name != "" && ("," $4 ",") ~ ("," name ",") { found = 1 }
    END { exit !found }' etc/group || { echo "its owner is ${name:-nobody}, an outsider" && exit 1; }
