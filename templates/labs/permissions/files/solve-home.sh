#!/bin/sh
# -R goes through the whole folder. It changes links themselves and not what they lead to, so /etc/motd stays root's.
chown -R tom:tom /home/tom
