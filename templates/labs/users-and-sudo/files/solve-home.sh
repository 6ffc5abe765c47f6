#!/bin/sh
# --move-home would want to move the folder that is not there; only the entry is wrong.
usermod --home /home/emile emile
chown -R emile:emile /home/emile
