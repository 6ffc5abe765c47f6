#!/bin/sh
# systemctl status names the file of the unit, ls the file of the program. systemd reads units again when it is told to.
sed -i 's|^ExecStart=.*|ExecStart=/usr/bin/python3 /opt/guestbook/server.py|' /etc/systemd/system/guestbook.service
systemctl daemon-reload
