#!/bin/sh
# Whether the lock is gone, with the folder it lay in still there.
[ -d var/lib/parcels ] || { echo "the folder is gone" && exit 1; }
lock=var/lib/parcels/export.lock
if [ -e "$lock" ] || [ -L "$lock" ]; then echo "it is there" && exit 1; fi
# A program that no longer looks is no way to be rid of it.
grep -q '^LOCK = "/var/lib/parcels/export.lock"' opt/parcels/parcels.py || { echo "the program was changed" && exit 1; }
