#!/bin/sh
# Root stays the owner, because an owner can change rights. The account comes in through its own group: into the folder
# (x) and to the file (r).
chown "root:${service:?}" "/etc/$service" "/etc/$service/$service.conf"
chmod 750 "/etc/$service"
chmod 640 "/etc/$service/$service.conf"
