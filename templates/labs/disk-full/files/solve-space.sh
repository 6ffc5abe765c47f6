#!/bin/sh
# The log is open, so deleting it would free nothing until the service lets go of it. Emptied, it frees everything at
# once; the service appends, so it goes on at the new end.
truncate -s 0 /srv/data/log/tracker.log
