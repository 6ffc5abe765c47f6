#!/bin/sh
# Writes what differs from session to session: the shop's page, its configuration, in which nearly all is wrong, and the
# note that says how it should be.
set -eu
cat >/srv/shop/public/index.html <<PAGE
<!doctype html>
<link rel="stylesheet" href="style.css">
<title>The lamp shop</title>
<h1>Lamps, old and new</h1>
<p>Order number of the day: ${token:?}</p>
PAGE
chown www-data:www-data /srv/shop/public/index.html
chmod 644 /srv/shop/public/index.html
cat >/etc/nginx/sites-available/shop <<'SITE'
# The lamp shop.
server {
    listen 8080;
    server_name shop.test;
    root /srv/shop/html
    index index.html;
    access_log off;

    location / {
        expire 1h;
    }
}
SITE
ln -sf ../sites-available/shop /etc/nginx/sites-enabled/shop
cat >/home/student/note.txt <<NOTE
The lamp shop

  its name       shop.test
  its port       ${port:?}
  its pages      /srv/shop/public
  configuration  /etc/nginx/sites-available/shop
  its log        /var/log/nginx/shop.log

Le magasin de lampes

  son nom        shop.test
  son port       $port
  ses pages      /srv/shop/public
  configuration  /etc/nginx/sites-available/shop
  son journal    /var/log/nginx/shop.log
NOTE
chown student:student /home/student/note.txt
