#!/bin/sh
# The parcel desk: a small web service with an account, settings, data and a disk of its own.
set -eu
umask 022

useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin parcels

mkdir -p /opt/parcels /etc/parcels
cat >/opt/parcels/parcels.py <<'PYTHON'
#!/usr/bin/python3
"""The parcel desk: shows the depot's code, and puts what customers order into the outbox."""
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

SETTINGS = "/etc/parcels/parcels.conf"
DATA = "/var/lib/parcels/depot.txt"
LOCK = "/var/lib/parcels/export.lock"
OUTBOX = "/srv/parcels/outbox"


def read_pairs(path):
    """Lines of the form name = value; # begins a remark."""
    pairs = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            name, sign, value = line.split("#")[0].partition("=")
            if sign:
                pairs[name.strip()] = value.strip()
    return pairs


class Desk(BaseHTTPRequestHandler):
    def do_GET(self):
        page = f"Parcel desk. Code of the depot: {depot['code']}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def do_POST(self):
        order = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 1000))
        with open(f"{OUTBOX}/{time.time_ns()}.order", "wb") as file:
            file.write(order)
        self.send_response(202)
        self.end_headers()


try:
    settings = read_pairs(SETTINGS)
    if os.path.exists(LOCK):
        sys.exit(f"an export is under way, says {LOCK}: not starting")
    depot = read_pairs(DATA)
    with open(f"{OUTBOX}/.test", "wb"):
        pass
    os.remove(f"{OUTBOX}/.test")
except OSError as error:
    sys.exit(f"{error.filename}: {error.strerror}")
where = (settings["address"], int(settings["port"]))
try:
    server = HTTPServer(where, Desk)
except OSError as error:
    sys.exit(f"cannot listen at {where[0]}, port {where[1]}: {error.strerror}")
print(f"listening at {where[0]}, port {where[1]}", flush=True)
server.serve_forever()
PYTHON
printf '# Where the desk answers.\naddress = 127.0.0.1\nport = 80\n' >/etc/parcels/parcels.conf

cat >/etc/systemd/system/parcels.service <<'UNIT'
[Unit]
Description=Parcel desk
RequiresMountsFor=/srv/parcels

[Service]
Type=exec
User=parcels
ExecStart=/usr/bin/python3 /opt/parcels/parcels.py

[Install]
WantedBy=multi-user.target
UNIT

install -d -o parcels -g parcels -m 0750 /var/lib/parcels
install -d -o parcels -g adm -m 0750 /var/log/parcels

# A disk of its own: a file, mounted read-only since someone copied it. It is unmounted in between, because a disk whose
# file system was not closed cannot be mounted read-only.
mkdir -p /var/lib/disks /srv/parcels
truncate -s 16M /var/lib/disks/parcels.img
mkfs.ext4 -q -m 0 -E lazy_itable_init=0 -L parcels /var/lib/disks/parcels.img
modprobe -q loop || true
mount -o loop /var/lib/disks/parcels.img /srv/parcels
install -d -o parcels -g parcels -m 0750 /srv/parcels/outbox
for number in 1 2 3; do
    echo "order $number: waits for its label" >/srv/parcels/outbox/$number.order
done
chown -R parcels:parcels /srv/parcels/outbox
umount /srv/parcels
# Nothing makes /dev/loop-control before the module is there.
options=loop,ro,nofail,x-systemd.requires=modprobe@loop.service
echo "/var/lib/disks/parcels.img /srv/parcels ext4 $options 0 0" >>/etc/fstab
systemctl daemon-reload
mount /srv/parcels
