#!/bin/sh
# What differs from session to session: who has failed and why, when another machine's trouble began, who asks for pages
# that are not there.
set -eu
umask 022

# A copied machine has a number of its own, and journalctl shows the journal of that number only.
if [ ! -d "/run/log/journal/$(cat /etc/machine-id)" ]; then
    rm -rf /run/log/journal/*
    systemctl restart systemd-journald.service
fi
echo "refused ${code:?}" >"/var/lib/shop/${unit:?}.answer"
systemctl --no-block restart stock-sync.service price-sync.service label-sync.service order-sync.service

sed -i "s/^CLIENT/198.51.100.${host:?}/" /var/log/shop/access.log /var/log/shop/access.log.1 /var/log/shop/access.log.2
gzip /var/log/shop/access.log.2

# The day of the other machine, minute by minute, as a journal: 3 March 2026, from its start at 05:58 to 22:00.
awk -v first=$((${hour:?} * 60 + ${minute:?})) '
    function entry(second, priority, name, number, text, more) {
        printf "__REALTIME_TIMESTAMP=%d%06d\n", 1772496000 + second, 120007
        printf "__MONOTONIC_TIMESTAMP=%d%06d\n", second - 21480, 120007
        print "_BOOT_ID=6a1f0c52be0d4f6f9d4c1a7e03b85d21\n_MACHINE_ID=31f6a9c7d2b84c0e8a5d6e7f40912b3c\n_HOSTNAME=vega"
        print "_TRANSPORT=journal\n_PID=" number "\n_UID=0\n_COMM=" name "\nSYSLOG_IDENTIFIER=" name
        print more "\nPRIORITY=" priority "\nMESSAGE=" text "\n"
    }
    function manager(second, priority, unit, text) {
        entry(second, priority, "systemd", 1, unit ": " text, "_SYSTEMD_CGROUP=/init.scope\nUNIT=" unit)
    }
    function own(second, priority, name, number, text) {
        entry(second, priority, name, number, text, "_SYSTEMD_UNIT=" name ".service")
    }
    function fail(second, name, number) {
        own(second, 3, name, number, "giving up: no answer from the ledger")
        manager(second, 5, name ".service", "Main process exited, code=exited, status=3/NOTIMPLEMENTED")
        manager(second, 4, name ".service", "Failed with result \047exit-code\047.")
    }
    BEGIN {
        for (m = 358; m < 1320; m++) {
            s = m * 60
            number = 700 + m
            if (m % 9 == 0) own(s + 2, 6, "nginx", 611, "GET /status 200")
            if (m % 31 == 0) own(s + 5, 6, "sshd", number, "Accepted publickey for backup from 192.0.2.8 port " 4e4 + m)
            if (m % 47 == 0) own(s + 8, 3, "nginx", 611, "upstream timed out while connecting")
            if (m == first - 95 || m == first - 40)
                own(s + 11, 4, "billing", number, "the ledger answers slowly, trying again")
            if (m == first - 60 || m == first + 15) fail(s + 14, "mailer", number)
            if (m >= first && (m - first) % 20 == 0) fail(s + 17, "billing", number)
            else if (m < first && m % 30 == 0) own(s + 17, 6, "billing", number, "run finished, " m % 19 " invoices")
        }
    }' | /usr/lib/systemd/systemd-journal-remote --output=/srv/vega/system.journal - 2>/dev/null
chmod 0644 /srv/vega/system.journal
