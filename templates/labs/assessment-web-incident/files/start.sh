#!/bin/sh
# What differs from session to session: the port, the depot, who left the lock, and since when orders fail.
set -eu
umask 022

# A copied machine has a number of its own, and journalctl shows the journal of that number only.
if [ ! -d "/var/log/journal/$(cat /etc/machine-id)" ]; then
    rm -rf /var/log/journal/*
    systemctl restart systemd-journald.service
fi

cat >/home/student/INCIDENT.txt <<SHEET
The parcel desk does not answer.
Le guichet des colis ne répond plus.

    service     parcels.service (account, compte: parcels)
    address     http://localhost:${port:?}/
    settings    /etc/parcels/parcels.conf
    data        /var/lib/parcels/depot.txt
    outbox      /srv/parcels/outbox
    log         /var/log/parcels/orders.log
SHEET
chown student:student /home/student/INCIDENT.txt

# Data that were put back by root, for root.
printf 'code = %s\nstreet = Harbour Street 4\ncustomers = Hall, Blanc, Okafor\n' "${code:?}" >/var/lib/parcels/depot.txt
chmod 0600 /var/lib/parcels/depot.txt
yesterday=$(date -d yesterday +%F)
echo "export by process ${process:?}, begun $yesterday" >/var/lib/parcels/export.lock
chown parcels:parcels /var/lib/parcels/export.lock

# An order a minute. Some fail before; from that minute on, all of them.
awk -v day="$yesterday" -v first=$((${hour:?} * 60 + ${minute:?})) '
    BEGIN {
        for (m = 420; m < 1350; m++) {
            result = "accepted"
            alone = m % 83 == 0 || m == first - 52 || m == first - 51 || m == first - 7
            if (m >= first || alone && m != first - 1)
                result = "failed: outbox does not take it"
            printf "%s %02d:%02d:%02d order %06d %s\n", day, m / 60, m % 60, m * 37 % 60, 52000 + m, result
        }
    }' >/var/log/parcels/orders.log
chown parcels:adm /var/log/parcels/orders.log
chmod 0640 /var/log/parcels/orders.log

# So that the journal has something to tell.
systemctl --no-block start parcels.service
