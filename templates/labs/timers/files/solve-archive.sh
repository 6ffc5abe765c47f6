#!/bin/sh
# In a crontab % ends the command: what follows is given to it as input. \% is a % for the shell.
set -eu
crontab -u student -l | sed 's/date +%F/date +\\%F/' | crontab -u student -
