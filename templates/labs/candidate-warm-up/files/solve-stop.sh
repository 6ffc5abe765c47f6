#!/bin/sh
# Ctrl and C sends the signal INT to what runs at the terminal. Without a terminal, timeout sends it after a second.
cd /home/student || exit 1
runuser -u student -- env HOME=/home/student timeout --signal=INT 1.5 ./count.sh >/dev/null
[ -s stopped-at ]
