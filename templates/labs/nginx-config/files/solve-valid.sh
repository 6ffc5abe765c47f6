#!/bin/sh
# nginx -t names the file and the line. A line without a semicolon goes on in the next one, so it is that one which
# seems wrong: "root" has too many words. After that it is a word that nginx does not know.
set -eu
sed -i -e 's|^    root /srv/shop/html$|&;|' -e 's/^        expire /        expires /' /etc/nginx/sites-available/shop
nginx -t
