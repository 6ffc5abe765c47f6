#!/bin/sh
# A branch is a name for a commit, and HEAD already is the commit that needs one.
exec runuser -u student -- env HOME=/home/student sh -eu <<'STUDENT'
cd ~/repos/website
git branch contact-form
STUDENT
