#!/bin/sh
# Root stays the owner, because an owner can change rights. The account comes in through its own group: into the folder
# (x) and to the file (r).
chown root:catalog /etc/catalog /etc/catalog/catalog.conf
chmod 750 /etc/catalog
chmod 640 /etc/catalog/catalog.conf
