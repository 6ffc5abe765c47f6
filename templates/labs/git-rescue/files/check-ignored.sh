#!/bin/sh
# Whether deploy overlooks .env, by a rule that is committed on main.
repo=/home/student/repos/deploy
git() { runuser -u student -- env HOME=/home/student git -C "$repo" "$@"; }
! git cat-file -e refs/heads/main:.env || { echo ".env is still part of main" && exit 1; }
git cat-file -e refs/heads/main:.gitignore || exit 1
[ "$(git check-ignore -v --no-index .env | cut -d : -f 1)" = .gitignore ] || exit 1
# The rule itself is committed too, not only some .gitignore.
git diff --quiet refs/heads/main -- .gitignore || { echo ".gitignore is not committed as it is" && exit 1; }
