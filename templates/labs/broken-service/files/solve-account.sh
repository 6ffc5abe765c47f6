#!/bin/sh
# getent passwd lists the account without a hyphen. A second account under the other name would work as well, but then
# the folders would belong to either.
sed -i 's/^User=.*/User=guestbook/' /etc/systemd/system/guestbook.service
systemctl daemon-reload
