#!/bin/sh
# A file of our own beside the unit, as systemctl edit makes it: the unit itself stays as it was delivered.
mkdir -p /etc/systemd/system/thumbnails.service.d
printf '[Service]\nNice=10\n' >/etc/systemd/system/thumbnails.service.d/override.conf
systemctl daemon-reload
