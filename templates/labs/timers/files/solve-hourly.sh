#!/bin/sh
# A service that says what, and a timer of the same name that says when. oneshot is for jobs that end.
set -eu
cat >/etc/systemd/system/disk-usage.service <<'UNIT'
[Unit]
Description=Note how full the disk is

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/disk-usage
UNIT
cat >/etc/systemd/system/disk-usage.timer <<UNIT
[Unit]
Description=Note how full the disk is, every hour

[Timer]
OnCalendar=*:$(printf %02d "${minute:?}")

[Install]
WantedBy=timers.target
UNIT
systemctl daemon-reload
systemctl enable disk-usage.timer
systemctl start disk-usage.timer
