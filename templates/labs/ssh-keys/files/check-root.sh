#!/bin/sh
# Whether the server is there after a start of the machine, and lets root in by no way.
systemctl is-active --quiet ssh.service || systemctl is-active --quiet ssh.socket ||
    { echo "it is not there" && exit 1; }
mkdir -p /run/sshd
config=$(/usr/sbin/sshd -T -C user=root,host=localhost,addr=127.0.0.1) || exit 1
echo "$config" | grep -qix 'permitrootlogin no' && exit 0
echo "$config" | grep -qix 'denyusers root' && exit 0
# Where only some may come in, root need not be forbidden.
allowed=$(echo "$config" | sed -n 's/^allowusers //p')
[ -n "$allowed" ] && ! echo "$allowed" | grep -q '^root\|[*?]' && exit 0
exit 1
