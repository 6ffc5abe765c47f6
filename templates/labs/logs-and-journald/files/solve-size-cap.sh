#!/bin/sh
# System is for the disk, Runtime would be for memory. journald reads its files when it starts.
mkdir -p /etc/systemd/journald.conf.d
printf '[Journal]\nSystemMaxUse=64M\n' >/etc/systemd/journald.conf.d/61-size.conf
systemctl restart systemd-journald.service
