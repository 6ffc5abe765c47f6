#!/bin/sh
# Whether nginx can read its configuration, and the shop is still in it.
nginx -t -q || exit 1
nginx -T -q 2>/dev/null | grep -Eq '^[[:space:]]*server_name[^#]*[[:space:]]shop\.test[[:space:];]' ||
    { echo "the shop is no longer part of it" && exit 1; }
