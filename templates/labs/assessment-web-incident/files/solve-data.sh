#!/bin/sh
# Root owns it, the service may read it through its group, nobody else: what a service only reads it need not own.
chown root:parcels /var/lib/parcels/depot.txt
chmod 0640 /var/lib/parcels/depot.txt
