#!/bin/sh
# sshd -t names the file and the line. The word is MaxAuthTries, and a time is a number with s, m or h, or of seconds.
set -eu
sed -i -e 's/^MaxAuthTry 3$/MaxAuthTries 3/' -e 's/^LoginGraceTime half a minute$/LoginGraceTime 30/' \
    /etc/ssh/sshd_config.d/50-team.conf
sshd -t
