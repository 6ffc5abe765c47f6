#!/bin/sh
# The group gets every right, everybody else loses theirs.
folder=/srv/${team:?}-${tag:?}
chgrp -R "$team" "$folder"
chmod -R g+rwX,o= "$folder"
