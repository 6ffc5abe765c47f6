#!/bin/sh
# Whether the server would start with its configuration, and what the team has agreed on is in force.
mkdir -p /run/sshd # gone while the service is stopped; without it the server judges nothing
/usr/sbin/sshd -t || exit 1
config=$(/usr/sbin/sshd -T) || exit 1
echo "$config" | grep -qix 'maxauthtries 3' || { echo "MaxAuthTries is not 3" && exit 1; }
echo "$config" | grep -qix 'logingracetime 30' || { echo "LoginGraceTime is not 30" && exit 1; }
