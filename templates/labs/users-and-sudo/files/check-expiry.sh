#!/bin/sh
# Whether the account's last day is the right one. The field counts days since 1970: the first on which it is closed.
end=$(getent shadow zoe | cut -d: -f8)
first=$(($(date -u -d 2031-07-01 +%s) / 86400))
[ "$end" = "$first" ] || { echo "it ends on day ${end:-never}, and not on day $first" && exit 1; }
