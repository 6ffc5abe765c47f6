#!/bin/sh
# Whether student gets in as deploy by key, without being asked anything.
name=$(runuser -u student -- env -u SSH_AUTH_SOCK HOME=/home/student \
    ssh -o BatchMode=yes -o PreferredAuthentications=publickey -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=15 deploy@localhost id -un) || exit 1
[ "$name" = deploy ] || exit 1
