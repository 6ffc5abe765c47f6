#!/bin/sh
# Whether nobody but deploy (and root) can change who gets in as deploy.
home=/home/deploy
for path in "$home" "$home/.ssh" "$home/.ssh/authorized_keys"; do
    [ -e "$path" ] || { echo "$path is gone" && exit 1; }
    case $(stat -c %U "$path") in
    deploy | root) ;;
    *) echo "$path belongs to another" && exit 1 ;;
    esac
    # Neither the group nor others may write.
    [ $(($(stat -c 0%a "$path") & 022)) -eq 0 ] || { echo "$path is open to be changed" && exit 1; }
done
# What is in the folder is nobody else's business either.
[ $(($(stat -c 0%a "$home/.ssh") & 077)) -eq 0 ] || { echo "$home/.ssh is open" && exit 1; }
# As deploy it must still be readable, or nobody gets in.
runuser -u deploy -- test -r "$home/.ssh/authorized_keys" || { echo "deploy cannot read it" && exit 1; }
