#!/bin/sh
# A file beside the unit (what systemctl edit makes) leaves the unit itself as it came. A process gets its limits when
# it is started, hence the restart.
set -eu
mkdir -p /etc/systemd/system/greenhouse.service.d
printf '[Service]\nLimitNOFILE=4096\n' >/etc/systemd/system/greenhouse.service.d/limit.conf
systemctl daemon-reload
systemctl restart greenhouse
