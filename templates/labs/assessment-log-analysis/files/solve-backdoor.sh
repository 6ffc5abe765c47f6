#!/bin/sh
# Another account was made that day, by an administrator. What counts is what the taken account did with sudo.
account=$(cat /home/student/answers/account)
grep "sudo\[[0-9]*\]: $account : .*COMMAND=/usr/sbin/useradd" /srv/case/auth.log | awk '{ print $NF }' \
    >/home/student/answers/backdoor
