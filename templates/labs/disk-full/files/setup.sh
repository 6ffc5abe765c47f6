#!/bin/sh
# Two small disks, each a file: one has no blocks left, because a service writes too much; the other has no inodes left.
set -eu
umask 022
disks=/var/lib/disks

useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin tracker

mkdir -p $disks /srv/data /srv/spool
truncate -s 64M $disks/data.img
mkfs.ext4 -q -m 0 -N 2048 -E lazy_itable_init=0 -L data $disks/data.img
truncate -s 16M $disks/spool.img
mkfs.ext4 -q -m 0 -N 1024 -E lazy_itable_init=0 -L spool $disks/spool.img
# Nothing makes /dev/loop-control before the module is there.
options=loop,nofail,x-systemd.requires=modprobe@loop.service
printf '%s %s ext4 %s 0 0\n' $disks/data.img /srv/data $options $disks/spool.img /srv/spool $options >>/etc/fstab
modprobe -q loop || true
systemctl daemon-reload
mount /srv/data
mount /srv/spool

# --- Orders, which must stay ------------------------------------------------------------------------------------------
mkdir /srv/data/orders
for quarter in 1 2 3 4; do
    awk -v quarter=$quarter 'BEGIN {
        print "number,day,article,pieces"
        for (i = 1; i <= 40000; i++)
            printf "%d%05d,2025-%02d-%02d,A%03d,%d\n",
                quarter, i, quarter * 3 - i % 3, 1 + i % 28, i * 7 % 613, 1 + i % 9
    }' >/srv/data/orders/2025-q$quarter.csv
done

# --- The service that writes too much ---------------------------------------------------------------------------------
cat >/usr/local/bin/tracker <<'SCRIPT'
#!/bin/sh
# Follows the vans. Reads /etc/tracker.conf when it starts, and writes what it sees to /srv/data/log/tracker.log.
level=$(sed -n 's/^level *= *//p' /etc/tracker.conf | tail -n 1)
echo "$level" >/run/tracker/level
exec 3>>/srv/data/log/tracker.log
if [ "$level" = debug ]; then
    everything=$(awk 'BEGIN { for (i = 0; i < 4000; i++) printf "debug van %d signal %d satellites %d raw %08d%08d\n",
        i % 17, i * 31 % 100, 4 + i % 9, i * 7919, i * 104729 }')
fi
while :; do
    echo "$(date '+%F %T') info all vans on the road" >&3
    [ "$level" = debug ] && echo "$everything" >&3
    sleep 5
done 2>/dev/null
SCRIPT
chmod 0755 /usr/local/bin/tracker
printf '# How much is noted: error, info or debug.\nlevel=debug\n' >/etc/tracker.conf
cat >/etc/systemd/system/tracker.service <<'UNIT'
[Unit]
Description=Where the vans are
RequiresMountsFor=/srv/data

[Service]
ExecStart=/usr/local/bin/tracker
User=tracker
RuntimeDirectory=tracker

[Install]
WantedBy=multi-user.target
UNIT
mkdir /srv/data/log
chown tracker:tracker /srv/data/log

# What it has written so far, to the last block.
awk 'BEGIN {
    for (i = 0; i < 16000; i++)
        printf "debug van %d signal %d satellites %d raw %08d%08d\n",
            i % 17, i * 31 % 100, 4 + i % 9, i * 7919, i * 104729
}' >/tmp/lines
while cat /tmp/lines >>/srv/data/log/tracker.log 2>/dev/null; do :; done
sync
while head -c 1024 /tmp/lines >>/srv/data/log/tracker.log 2>/dev/null; do :; done
rm /tmp/lines
chown tracker:tracker /srv/data/log/tracker.log
systemctl daemon-reload
systemctl --quiet enable --now tracker.service

# --- Many small files, some of them needed ----------------------------------------------------------------------------
mkdir /srv/spool/mail /srv/spool/sessions
cd /srv/spool/mail
for number in $(seq 101 124); do
    printf 'To: dispatch\nSubject: delivery %s\n\nTwo pallets, back door.\n' "$number" >"$number.eml"
done
cd /srv/spool/sessions
names() { awk -v first="$1" -v last="$2" 'BEGIN {
    for (i = first; i <= last; i++) printf "sess_%04x%04x\n", i * 40503 % 65536, i * 30011 % 65521
}'; }
names 1 63 | xargs touch -d '2026-03-14 10:20'
# As many old ones as there are inodes for; those for which there are none are told, and that is no fault.
names 64 500 | xargs touch -d '2024-11-05 08:15'
names 501 1200 | xargs touch -d '2025-06-21 17:40' 2>/dev/null || true
sync
