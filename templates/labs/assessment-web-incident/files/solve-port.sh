#!/bin/sh
# The sheet names the address. Port 80 would not only be another, it is also one of those that are root's alone.
sed -i "s/^port *=.*/port = ${port:?}/" /etc/parcels/parcels.conf
