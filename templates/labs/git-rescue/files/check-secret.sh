#!/bin/bash
# Whether no commit of any branch or tag of deploy has the password, and main all else that the commits brought.
repo=/home/student/repos/deploy
git() { runuser -u student -- env HOME=/home/student git -C "$repo" "$@"; }
git merge-base --is-ancestor a708f31c31ee refs/heads/main || { echo "published commits are gone" && exit 1; }
mapfile -t commits < <(git rev-list --branches --tags --remotes)
[ ${#commits[@]} -gt 0 ] || exit 1
! git grep -qF "${secret:?}" "${commits[@]}" || { echo "a commit has the password" && exit 1; }
# shellcheck disable=SC2016 # deploy.sh itself expands it
script='#!/bin/sh
. ./.env
while read -r server; do
    rsync shop/ "$server:/srv/shop/"
done <servers.txt
echo "Everything is deployed."'
[ "$(git show refs/heads/main:deploy.sh)" = "$script" ] || { echo "deploy.sh is not as it was" && exit 1; }
[ "$(git show refs/heads/main:servers.txt)" = 'web1
web2' ] || { echo "servers.txt is not as it was" && exit 1; }
