#!/bin/sh
# Three things stand in the way: the key is not among those that are taken, the server takes none at all, and it does
# not trust a list that others could have written (journalctl -u ssh says so). Now that the configuration is without
# mistakes, a restart is safe.
set -eu
cat /home/student/.ssh/id_ed25519.pub >>/home/deploy/.ssh/authorized_keys
sed -i 's/^PubkeyAuthentication no$/PubkeyAuthentication yes/' /etc/ssh/sshd_config.d/10-legacy.conf
chown -R deploy:deploy /home/deploy/.ssh
chmod go-w /home/deploy /home/deploy/.ssh /home/deploy/.ssh/authorized_keys
sshd -t
systemctl restart ssh.service
