#!/bin/sh
# Whether student has an Ed25519 key in its usual place, without a passphrase, that nobody else can read, and its public
# half beside it.
key=/home/student/.ssh/id_ed25519
[ -f "$key" ] && [ -f "$key.pub" ] || exit 1
[ "$(stat -c %U "$key")" = student ] || { echo "it is not student's" && exit 1; }
case $(stat -c %a "$key") in
?00) ;;
*) echo "others may use it" && exit 1 ;;
esac
public=$(ssh-keygen -y -P '' -f "$key" 2>/dev/null) || { echo "it has a passphrase" && exit 1; }
[ "$(echo "$public" | cut -d ' ' -f 1)" = ssh-ed25519 ] || { echo "it is of another type" && exit 1; }
[ "$(echo "$public" | cut -d ' ' -f 2)" = "$(cut -d ' ' -f 2 "$key.pub")" ] || { echo "the halves differ" && exit 1; }
