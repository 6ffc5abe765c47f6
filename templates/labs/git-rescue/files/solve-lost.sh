#!/bin/sh
# The reflog of main shows the reset at main@{1} and the corrected commit before it, main@{2}. All that it has and
# main has not, the two lost commits, is done once more on top of main: so the later work stays where it is.
exec runuser -u student -- env HOME=/home/student sh -eu <<'STUDENT'
cd ~/repos/handbook
git cherry-pick 'main..main@{2}'
STUDENT
