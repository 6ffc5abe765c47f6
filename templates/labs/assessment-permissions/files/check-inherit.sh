#!/bin/sh
# Whether new files take the folder's group, and that is the team's.
folder=srv/${team:?}-${tag:?}
if [ -L "$folder" ] || [ ! -d "$folder" ]; then echo "the folder is gone" && exit 1; fi
group=$(sed -n "s/^$team:[^:]*:\([0-9]*\):.*/\1/p" etc/group | head -n 1)
[ "$(stat -c %g "$folder")" = "${group:-none}" ] || { echo "the folder is not the group's" && exit 1; }
[ $((0$(stat -c %a "$folder") & 02000)) -ne 0 ] || { echo "there is no setgid bit" && exit 1; }
