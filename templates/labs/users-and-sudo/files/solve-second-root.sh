#!/bin/sh
# The number makes root, not the name. userdel thinks that the account is in use, because root's programs have the same
# number; --force does it all the same. --remove takes its home and mail along, which is not root's home here.
awk -F: '$3 == 0 && $1 != "root" { print $1, $6 }' /etc/passwd | while read -r name home; do
    if [ "$home" = /root ]; then userdel --force "$name"; else userdel --force --remove "$name"; fi
done 2>/dev/null
! awk -F: '$3 == 0 && $1 != "root"' /etc/passwd | grep -q .
