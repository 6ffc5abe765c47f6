#!/bin/sh
# The folder is deploy's alone. A list of public keys is no secret, but there is no reason to show it either.
set -eu
chown -R deploy:deploy /home/deploy/.ssh
chmod 700 /home/deploy /home/deploy/.ssh
chmod 600 /home/deploy/.ssh/authorized_keys
