#!/bin/sh
# The least a service needs: what to run, as whom, with which settings, and what starts it with the system.
set -eu
cat >/etc/systemd/system/ledger.service <<UNIT
[Unit]
Description=The ledger
After=network.target

[Service]
User=${account:?}
Environment=LEDGER_PORT=${port:?}
ExecStart=/opt/ledger/ledger.py

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
