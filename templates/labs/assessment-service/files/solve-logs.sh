#!/bin/sh
# LogsDirectory= makes the folder below /var/log at each start, gives it to the account, and keeps it writable when the
# rest of the system is not. Its mode is open to all unless one says otherwise.
set -eu
mkdir -p /etc/systemd/system/ledger.service.d
printf '[Service]\nLogsDirectory=ledger\nLogsDirectoryMode=0750\n' >/etc/systemd/system/ledger.service.d/log.conf
systemctl daemon-reload
systemctl restart ledger.service
# The program is at work when it has written its first line.
for _ in 1 2 3 4 5 6 7 8 9 10; do
    if [ -s /var/log/ledger/ledger.log ]; then exit 0; fi
    sleep 1
done
exit 1
