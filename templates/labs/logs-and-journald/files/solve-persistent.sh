#!/bin/sh
# The file that says volatile goes; persistent makes the folder by itself. --flush moves to the disk what is in memory.
rm /etc/systemd/journald.conf.d/50-memory.conf
printf '[Journal]\nStorage=persistent\n' >/etc/systemd/journald.conf.d/60-disk.conf
systemctl restart systemd-journald.service
journalctl --flush
