#!/bin/sh
# Who owns a file can change it. The pages become root's, and everybody may read them.
set -eu
chown -R root:root /srv/shop/public
chmod -R u=rwX,go=rX /srv/shop/public
