#!/bin/sh
# Whether the password is nowhere in the repository: neither in what Git has stored, led to or not, nor in other files.
repo=/home/student/repos/deploy
git() { runuser -u student -- env HOME=/home/student git -C "$repo" "$@"; }
git cat-file -e refs/heads/main:deploy.sh || exit 1
! git cat-file --batch-all-objects --batch --buffer | grep -qaF "${secret:?}" || exit 1
! grep -rqaF "$secret" "$repo/.git" || exit 1
