#!/bin/sh
# Sets up the company's name server and its inventory on this machine, and what leads its programs astray: a list of
# sources that ends too early, a name server that is gone, and an old address of the inventory.
set -eu
cat >/etc/dnsmasq.d/corp.conf <<'CONFIG'
# The company's names stand in /etc/corp-names. Nobody else is asked.
listen-address=127.0.0.1
bind-interfaces
no-resolv
no-hosts
addn-hosts=/etc/corp-names
local=/corp.test/
CONFIG
: >/etc/corp-names
systemctl enable dnsmasq.service
systemctl restart dnsmasq.service

install -d /srv/inventory
cat >/etc/systemd/system/inventory.service <<'UNIT'
[Unit]
Description=Inventory

[Service]
DynamicUser=yes
ExecStart=/usr/bin/python3 -m http.server 8080 --directory /srv/inventory
Restart=on-failure

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable inventory.service
systemctl start inventory.service

sed -i 's/^hosts:.*/hosts:          files [NOTFOUND=return] dns/' /etc/nsswitch.conf
cat >/etc/resolv.conf <<'CONFIG'
# The old office
search old.test
nameserver 192.0.2.53
CONFIG
printf '\n# Added in a hurry, when the name server was down\n192.0.2.10\tinventory.corp.test inventory\n' >>/etc/hosts
