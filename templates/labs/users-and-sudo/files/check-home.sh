#!/bin/sh
# Whether the account's home is where the files are, and all of them are its own.
home=$(getent passwd emile | cut -d: -f6)
[ "${home%/}" = /home/emile ] || { echo "the account's home is $home" && exit 1; }
[ -s /home/emile/pictures/captions.txt ] || { echo "the files are gone" && exit 1; }
other=$(find /home/emile ! -type l \( ! -user emile -o ! -group emile \) | head -n 1)
[ -z "$other" ] || { echo "$other is not emile's" && exit 1; }
