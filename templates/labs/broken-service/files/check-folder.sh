#!/bin/sh
# Whether the account can write in the folder, and not everybody.
folder=/var/lib/guestbook
[ -d "$folder" ] || { echo "it is not there" && exit 1; }
cd / || exit 2
# shellcheck disable=SC2016 # the inner shell fills in the folder
setpriv --reuid guestbook --regid guestbook --init-groups sh -c '[ -w "$1" ] && [ -x "$1" ]' sh "$folder" ||
    { echo "the account cannot write in it" && exit 1; }
[ $((0$(stat -L -c %a "$folder") & 0002)) -eq 0 ] || { echo "everybody can write in it" && exit 1; }
