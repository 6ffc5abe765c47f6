#!/bin/sh
# Whether main of the repository that api was cloned from has nothing of the merged experiment, the work that came
# after it, and its whole history.
repo=/srv/git/api.git
git() { runuser -u student -- env HOME=/home/student git -C "$repo" "$@"; }
settings='[server]
timeout = 30
retries = 3'
git merge-base --is-ancestor 88782721bc40 refs/heads/main || { echo "published commits are gone" && exit 1; }
[ "$(git show refs/heads/main:settings.ini)" = "$settings" ] || exit 1
[ "$(git show refs/heads/main:orders.py)" = 'ORDER_BY = "date"' ] || exit 1
git cat-file -e refs/heads/main:README.md || exit 1
! git cat-file -e refs/heads/main:experiment.py || exit 1
