#!/bin/bash
# Whether a request to the shop gets a line in its log, seen by one that nobody else makes.
log=/var/log/nginx/shop.log
mark=look-$RANDOM$RANDOM
curl -s -o /dev/null -m 5 --noproxy '*' -H 'Host: shop.test' "http://127.0.0.1:${port:?}/?$mark" ||
    { echo "the shop is not there" && exit 1; }
for _ in 1 2 3 4 5; do
    if grep -qs -e "$mark" "$log"; then exit 0; fi
    sleep 0.2
done
exit 1
