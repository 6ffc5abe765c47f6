#!/bin/sh
# The group gets the folders and, in them, every right; everybody else loses theirs. Files keep their own modes: the
# capital X gives x only to folders and to what was executable before.
chgrp -R design /srv/design
chmod -R g+rwX,o= /srv/design
