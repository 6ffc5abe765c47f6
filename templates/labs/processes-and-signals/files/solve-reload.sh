#!/bin/sh
# HUP once said that the line was hung up; to a service without a line it has come to mean: read your settings again.
sed -i 's/^colour *=.*/colour=red/' /etc/beacon.conf
pkill -HUP -x beacon
