#!/bin/sh
# The port comes from the note. Only a configuration that holds is worth a start.
set -eu
sed -i "s/^    listen 8080;/    listen ${port:?};/" /etc/nginx/sites-available/shop
nginx -t
systemctl restart nginx.service
