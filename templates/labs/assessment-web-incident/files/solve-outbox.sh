#!/bin/sh
# fstab says ro at every start. Remounting is not enough now: mount made the loop device read-only as well, so the disk
# is unmounted and mounted anew. systemd reads fstab again when it is told to.
sed -i '\|[[:space:]]/srv/parcels[[:space:]]|s/loop,ro,/loop,/' /etc/fstab
systemctl daemon-reload
umount /srv/parcels
mount /srv/parcels
