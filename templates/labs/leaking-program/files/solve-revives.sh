#!/bin/sh
# on-failure brings it back after a crash, and leaves it alone when somebody stops it.
set -eu
mkdir -p /etc/systemd/system/greenhouse.service.d
printf '[Service]\nRestart=on-failure\n' >/etc/systemd/system/greenhouse.service.d/restart.conf
systemctl daemon-reload
