#!/bin/sh
# Whether website stands on main, which has both the contact form and the new opening hours, with nothing half done.
repo=/home/student/repos/website
git() { runuser -u student -- env HOME=/home/student git -C "$repo" "$@"; }
[ "$(git symbolic-ref --quiet HEAD)" = refs/heads/main ] || { echo "it does not stand on main" && exit 1; }
[ "$(git show main:contact.html)" = '<form>Name, telephone number, message</form>' ] || exit 1
[ "$(git show main:about.html)" = '<p>Open from Tuesday to Saturday, 10 to 19.</p>' ] || exit 1
for unfinished in MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD rebase-merge rebase-apply; do
    [ ! -e "$repo/.git/$unfinished" ] || { echo "it is half done" && exit 1; }
done
changes=$(git status --porcelain --untracked-files=no) || exit 1
[ -z "$changes" ] || { echo "there are changes without a commit" && exit 1; }
