#!/bin/sh
# Whether "ssh prod" brings student to deploy's shell, without being asked anything.
name=$(runuser -u student -- env -u SSH_AUTH_SOCK HOME=/home/student \
    ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
    -o ConnectTimeout=15 prod id -un) || exit 1
[ "$name" = deploy ] || exit 1
