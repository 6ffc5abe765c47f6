#!/bin/sh
# No branch leads to the old commits, but the reflog does: it forgets first, then what nothing leads to is deleted at
# once and not in two weeks.
exec runuser -u student -- env HOME=/home/student sh -eu <<'STUDENT'
cd ~/repos/deploy
git reflog expire --expire=now --all
git gc -q --prune=now
STUDENT
