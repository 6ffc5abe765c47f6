#!/bin/sh
# The accounts of an office as they have grown over the years, and the service of the screen in its hall.
set -eu
umask 022

groupadd press
groupadd photos

# Emile: a home under another name, with files that belong to a number from the old machine.
useradd --create-home --shell /bin/bash --groups press,photos emile
echo 'Photographs of the harbour: ask Vincent.' >/home/emile/todo.txt
mkdir /home/emile/pictures
echo 'harbour at dawn' >/home/emile/pictures/captions.txt
usermod --home /home/e.morel emile 2>/dev/null
chown -R 1999:1999 /home/emile

# Vincent: has left; with a password, and a key that lets him in.
useradd --create-home --shell /bin/bash --groups press vincent
echo 'vincent:low-tide-at-six' | chpasswd
mkdir -m 0700 /home/vincent/.ssh
echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKf0cXb1qD0mB3yJY9vV5l0mPqv0Q4W8m0s1t2u3v4w5 vincent@laptop' \
    >/home/vincent/.ssh/authorized_keys
echo 'Interview with the harbour master, second half.' >/home/vincent/interview.txt
chown -R vincent:vincent /home/vincent

# Zoe: an intern whose account never ends.
useradd --create-home --shell /bin/bash zoe
echo 'zoe:first-week-42' | chpasswd

# An account of root's number, left by whoever installed the machine. The number is not usual, which useradd says.
useradd --non-unique --uid 0 --gid 0 --create-home --shell /bin/bash helpdesk 2>/dev/null
echo 'helpdesk:call-4711' | chpasswd

cat >/etc/systemd/system/kiosk.service <<'UNIT'
[Unit]
Description=Screen in the hall

[Service]
ExecStart=/usr/bin/sleep infinity

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl --quiet enable --now kiosk.service
