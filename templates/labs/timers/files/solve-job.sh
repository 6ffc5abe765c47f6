#!/bin/sh
# journalctl -u export-orders: permission denied. The job is not root's, and the folder is.
set -eu
chown exporter:exporter /var/lib/orders
systemctl start export-orders.service
