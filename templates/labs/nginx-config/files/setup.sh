#!/bin/sh
# Puts the shop's pages onto the machine, in a folder that only root may enter, and nginx to rest.
set -eu
systemctl disable nginx.service
systemctl stop nginx.service
install -d -m 755 /srv/shop
install -d -m 700 /srv/shop/public /srv/shop/public/backup
cat >/srv/shop/public/style.css <<'PAGE'
body { font-family: sans-serif; max-width: 40em; margin: 2em auto; }
PAGE
cat >/srv/shop/public/backup/customers.sql <<'PAGE'
-- Backup of the customers, before the move. For nobody's eyes.
INSERT INTO customers VALUES (1, 'A. Moreau', 'a.moreau@example.com', '12 rue des Lilas');
INSERT INTO customers VALUES (2, 'B. Lindqvist', 'b.lindqvist@example.com', 'Storgatan 4');
PAGE
chmod 755 /srv/shop/public/backup
chown -R www-data:www-data /srv/shop/public/*
