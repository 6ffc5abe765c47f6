#!/bin/sh
# compress is for old files only; a shop without orders has no log, which is no fault. logrotate passes over rules that
# others than root may write to.
cat >/etc/logrotate.d/shop <<'RULE'
/var/log/shop/orders.log {
    daily
    rotate 7
    compress
    missingok
}
RULE
chmod 0644 /etc/logrotate.d/shop
