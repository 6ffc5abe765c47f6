#!/bin/sh
# Whether main of handbook has the emergency numbers as they were corrected, and still what was done later.
repo=/home/student/repos/handbook
git() { runuser -u student -- env HOME=/home/student git -C "$repo" "$@"; }
corrected="Fire brigade: 112
Electrician: 555 ${line:?}"
[ "$(git show main:emergency.md)" = "$corrected" ] || exit 1
[ "$(git show main:evenings.md)" = 'Empty the compressor, lock the gate.' ] || exit 1
git cat-file -e main:mornings.md || exit 1
