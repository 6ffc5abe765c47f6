#!/bin/sh
# Sets up jobs that do not run: a timer with three mistakes whose job fails too, a backup that is lost when the machine
# is off at night, and a crontab whose line is cut off, with cron switched off as well.
set -eu
useradd --system --user-group --no-create-home --home-dir /var/lib/orders --shell /usr/sbin/nologin exporter
install -d /var/lib/orders
cat >/usr/local/sbin/export-orders <<'PROGRAM'
#!/bin/sh
# Writes the open orders into a file that the warehouse fetches.
set -e
file=/var/lib/orders/open-orders.csv
printf 'number,article\n1041,lamp\n1042,chair\n' >"$file.new"
mv "$file.new" "$file"
PROGRAM
cat >/etc/systemd/system/export-orders.service <<'UNIT'
[Unit]
Description=Export of the open orders

[Service]
Type=oneshot
User=exporter
ExecStart=/usr/local/sbin/export-orders
UNIT
cat >/etc/systemd/system/export-orders.timer <<'UNIT'
[Unit]
Description=Export of the open orders every quarter of an hour

[Timer]
OnCalendar=every 15 minutes
Unit=export-order.service

[Install]
WantedBy=timer.target
UNIT

cat >/usr/local/sbin/nightly-backup <<'PROGRAM'
#!/bin/sh
# Keeps a copy of the orders.
mkdir -p /var/backups/orders
cp -a /var/lib/orders/. /var/backups/orders/
PROGRAM
cat >/etc/systemd/system/nightly-backup.service <<'UNIT'
[Unit]
Description=Backup of the orders

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/nightly-backup
UNIT
cat >/etc/systemd/system/nightly-backup.timer <<'UNIT'
[Unit]
Description=Backup of the orders every night

[Timer]
OnCalendar=*-*-* 03:10:00

[Install]
WantedBy=timers.target
UNIT

cat >/usr/local/sbin/disk-usage <<'PROGRAM'
#!/bin/sh
# Adds a line that says how full the disk is.
echo "$(date '+%F %T') $(df --output=pcent / | tail -n 1 | tr -d ' ')" >>/var/log/disk-usage.log
PROGRAM
cat >/usr/local/bin/send-summary <<'PROGRAM'
#!/bin/sh
# Adds the day's summary to a file, as there is nobody to send it to.
echo "$(date '+%F %T') $(wc -l <"$HOME/reports/sales.csv") lines" >>"$HOME/reports/summary.txt"
PROGRAM
chmod 755 /usr/local/sbin/export-orders /usr/local/sbin/nightly-backup /usr/local/sbin/disk-usage \
    /usr/local/bin/send-summary

install -d -o student -g student /home/student/reports
printf 'day,sum\nmonday,410\ntuesday,377\n' >/home/student/reports/sales.csv
chown student:student /home/student/reports/sales.csv
crontab -u student - <<'CRONTAB'
# m  h  dom mon dow  command
15   2  *   *   *    cd $HOME/reports && tar -czf sales-$(date +%F).tar.gz sales.csv
CRONTAB
systemctl disable cron.service
systemctl stop cron.service
systemctl daemon-reload
systemctl enable nightly-backup.timer
systemctl start nightly-backup.timer
