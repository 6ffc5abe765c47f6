#!/bin/sh
# What is not meant for the world does not belong among the pages. To forbid it in the configuration would do as well,
# as long as nobody changes the configuration.
set -eu
mv /srv/shop/public/backup /srv/shop/backup
chmod 700 /srv/shop/backup
