#!/bin/sh
# /var/log/nginx/error.log tells which file nginx looked for, and then that it may not. To enter a folder takes the
# right to execute it, which those who serve the pages get with everybody.
set -eu
sed -i 's|^    root /srv/shop/html;|    root /srv/shop/public;|' /etc/nginx/sites-available/shop
chmod 755 /srv/shop/public
nginx -t
systemctl reload nginx.service
