#!/bin/sh
# Two things are in the way. [NOTFOUND=return] ends the search when /etc/hosts does not have a name, so the name server
# is never asked. And the one that would be asked is gone.
set -eu
sed -i 's/^hosts:.*/hosts:          files dns/' /etc/nsswitch.conf
sed -i 's/^nameserver .*/nameserver 127.0.0.1/' /etc/resolv.conf
