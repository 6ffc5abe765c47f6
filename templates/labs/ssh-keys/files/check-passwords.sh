#!/bin/sh
# Whether the running server offers keys and no way to type a password: it says what it offers to whoever asks for
# nothing. What its files say counts too, for its next start.
for person in deploy student; do
    said=$(runuser -u student -- env HOME=/home/student ssh -F none -o BatchMode=yes -o PreferredAuthentications=none \
        -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=15 \
        "$person@localhost" true 2>&1)
    case $said in
    *'(publickey)'*) ;;
    *) echo "$said" && exit 1 ;;
    esac
done
mkdir -p /run/sshd
config=$(/usr/sbin/sshd -T -C user=deploy,host=localhost,addr=127.0.0.1) || exit 1
echo "$config" | grep -qix 'passwordauthentication no' || exit 1
echo "$config" | grep -qix 'kbdinteractiveauthentication no' || exit 1
echo "$config" | grep -qix 'pubkeyauthentication yes' || exit 1
