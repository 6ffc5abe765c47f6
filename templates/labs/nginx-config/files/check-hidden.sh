#!/bin/bash
# Whether the shop is there and nothing of its backup is: neither the file nor a list of the folder.
status() {
    curl -s -o /dev/null -m 5 -w '%{http_code}' --noproxy '*' -H 'Host: shop.test' "http://127.0.0.1:${port:?}$1"
}
[ "$(status /)" = 200 ] || { echo "the shop is not there" && exit 1; }
for path in /backup/customers.sql /backup/; do
    case $(status "$path") in
    401 | 403 | 404 | 410) ;;
    *) echo "$path is given out" && exit 1 ;;
    esac
done
