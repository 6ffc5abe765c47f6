#!/bin/sh
# Persistent= keeps on disk when the job ran last. When the timer starts and a time has been missed, the job runs at
# once.
set -eu
sed -i '/^OnCalendar=/a Persistent=yes' /etc/systemd/system/nightly-backup.timer
systemctl daemon-reload
systemctl restart nightly-backup.timer
