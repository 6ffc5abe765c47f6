#!/bin/sh
# systemd reads the file as root before it becomes the service's account, so nobody but root needs to read it. In the
# unit itself the password would be for everybody to see.
set -eu
chown root:root /etc/ledger/ledger.env
chmod 600 /etc/ledger/ledger.env
mkdir -p /etc/systemd/system/ledger.service.d
printf '[Service]\nEnvironmentFile=/etc/ledger/ledger.env\n' >/etc/systemd/system/ledger.service.d/password.conf
systemctl daemon-reload
