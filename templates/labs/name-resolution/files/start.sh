#!/bin/sh
# Gives the company's machines this session's addresses, and takes this machine's own name out of its list: the name is
# set when the machine becomes one of its own, so it cannot be taken out before.
set -eu
cat >/etc/corp-names <<NAMES
# The company's machines: an address, and the name that leads to it.
127.20.${net:?}.10	wiki.corp.test
127.20.$net.20	mail.corp.test
127.20.$net.30	inventory.corp.test
127.20.$net.40	shop.corp.test
NAMES
systemctl reload dnsmasq.service
echo "Inventory of the day: ${token:?}" >/srv/inventory/index.html
sed -i '/^127\.0\.1\.1[[:space:]]/d' /etc/hosts
cat >/home/student/note.txt <<NOTE
New in the company / Nouveau dans l'entreprise

  printer.corp.test   127.21.$net.${printer:?}
NOTE
chown student:student /home/student/note.txt
