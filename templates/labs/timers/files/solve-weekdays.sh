#!/bin/sh
# Minute, hour, day, month, day of the week. The path is written out: cron looks in /usr/bin and /bin only.
set -eu
{
    crontab -u student -l
    echo "${quarter:?} ${hour:?} * * 1-5 /usr/local/bin/send-summary"
} | crontab -u student -
