#!/bin/sh
# Whether new files take the group of the folder, and that group is the team's.
for folder in /srv/design /srv/design/posters; do
    [ -d "$folder" ] || exit 1
    [ "$(stat -c %G "$folder")" = design ] || { echo "$folder is not of the group design" && exit 1; }
    [ -g "$folder" ] || { echo "$folder has no setgid bit" && exit 1; }
done
