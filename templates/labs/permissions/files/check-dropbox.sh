#!/bin/sh
# Whether everybody can put files there and nobody can remove another's: not even an owner of the folder.
[ -d /srv/dropbox ] || exit 1
cd / || exit 2
[ -k /srv/dropbox ] || { echo "there is no sticky bit" && exit 1; }
[ "$(stat -c %u /srv/dropbox)" -lt 1000 ] || { echo "its owner can delete everything" && exit 1; }
for who in lena tom catalog; do
    setpriv --reuid "$who" --regid "$(id -g "$who")" --init-groups sh -c '[ -w /srv/dropbox ] && [ -x /srv/dropbox ]' ||
        { echo "$who cannot put files there" && exit 1; }
done
exit 0
