#!/bin/sh
# Of a setting that is given twice the first counts, and sshd_config reads the folder before its own lines. So it must
# be changed where it stands first.
set -eu
sed -i 's/^PasswordAuthentication yes$/PasswordAuthentication no/' /etc/ssh/sshd_config.d/10-legacy.conf
sshd -t
systemctl restart ssh.service
