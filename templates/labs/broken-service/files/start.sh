#!/bin/sh
# A copied machine has a number of its own, and journalctl shows the journal of that number only.
if [ ! -d "/var/log/journal/$(cat /etc/machine-id)" ]; then
    rm -rf /var/log/journal/*
    systemctl restart systemd-journald.service
fi
# So that systemctl status and the journal have something to tell.
systemctl start guestbook.service 2>/dev/null
exit 0
