#!/bin/sh
# A shop that fetches data from suppliers, the logs of its web server, and a journal that is kept in memory only.
set -eu
umask 022

install -d -o student -g student /home/student/answers

# --- The journal in memory --------------------------------------------------------------------------------------------
mkdir -p /etc/systemd/journald.conf.d
printf '# The old disk was small.\n[Journal]\nStorage=volatile\n' >/etc/systemd/journald.conf.d/50-memory.conf
systemctl restart systemd-journald.service
rm -rf /var/log/journal/*

# --- Services that fetch data -----------------------------------------------------------------------------------------
mkdir -p /var/lib/shop /usr/local/lib/shop
cat >/usr/local/lib/shop/fetch <<'SCRIPT'
#!/bin/sh
# Takes in what a supplier last answered: a line that begins with ok, or with refused.
read -r word rest <"/var/lib/shop/$1.answer"
echo "asking the supplier"
case $word in
ok)
    echo "<4>articles without a price are skipped"
    echo "took in $rest lines"
    ;;
*)
    echo "<3>the supplier refused, error number $rest" >&2
    exit 4
    ;;
esac
SCRIPT
chmod 0755 /usr/local/lib/shop/fetch
for name in stock-sync price-sync label-sync order-sync; do
    echo "ok 2${#name}7" >/var/lib/shop/$name.answer
    cat >/etc/systemd/system/$name.service <<UNIT
[Unit]
Description=Data from a supplier ($name)

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/lib/shop/fetch $name

[Install]
WantedBy=multi-user.target
UNIT
done
systemctl daemon-reload
systemctl --quiet enable --now stock-sync.service price-sync.service label-sync.service order-sync.service

# --- Logs of the web server and of the shop ---------------------------------------------------------------------------
# Three days; CLIENT becomes an address with each session. Who asks most is not who asks for most that is not there, and
# who does so today is not who did so on all days.
mkdir -p /var/log/shop
chgrp adm /var/log/shop
day() {
    awk -v day="$1" -v client="$2" -v other="$3" 'BEGIN {
        for (i = 0; i < 1300; i++) {
            second = i * 66
            stamp = sprintf("%s/Mar/2026:%02d:%02d:%02d +0000", day, second / 3600, second / 60 % 60, second % 60)
            status = 200; page = "/articles/" i * 7919 % 880
            if (i % 3 == 0) address = "192.0.2.14"
            else if (i % 7 == 1 && client > 0) { address = "CLIENT"; status = 404; client--; page = "/old/" i }
            else if (i % 7 == 4 && other > 0) { address = "203.0.113.77"; status = 404; other--; page = "/img/" i }
            else {
                address = "203.0.113." 10 + i * 37 % 60
                if (i % 41 == 0) status = 404
                else if (i % 11 == 0) status = 304
                else if (i % 97 == 0) status = 500
            }
            size = status == 200 ? 900 + i * 104729 % 9000 : 162
            printf "%s - - [%s] \"GET %s HTTP/1.1\" %d %d \"-\" \"Mozilla/5.0\"\n", address, stamp, page, status, size
        }
    }'
}
day 05 20 60 >/var/log/shop/access.log
day 04 65 30 >/var/log/shop/access.log.1
day 03 95 10 >/var/log/shop/access.log.2
awk 'BEGIN {
    for (i = 0; i < 6000; i++)
        printf "2026-03-%02d order %06d, %d articles, paid\n", 1 + i / 1200, 31000 + i, 1 + i * 7 % 9
}' >/var/log/shop/orders.log

mkdir -p /srv/vega
