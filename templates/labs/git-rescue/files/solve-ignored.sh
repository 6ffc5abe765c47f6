#!/bin/sh
# .git/info/exclude would do for oneself; a committed .gitignore does for everybody.
exec runuser -u student -- env HOME=/home/student sh -eu <<'STUDENT'
cd ~/repos/deploy
echo .env >>.gitignore
git add .gitignore
git commit -q -m 'Overlook .env'
STUDENT
