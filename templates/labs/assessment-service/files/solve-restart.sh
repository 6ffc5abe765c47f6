#!/bin/sh
# on-failure brings it back when it crashes or is killed, and leaves it alone when somebody stops it. A second's pause
# keeps a service that cannot start from being tried in vain five times at once.
set -eu
mkdir -p /etc/systemd/system/ledger.service.d
printf '[Service]\nRestart=on-failure\nRestartSec=1s\n' >/etc/systemd/system/ledger.service.d/restart.conf
systemctl daemon-reload
