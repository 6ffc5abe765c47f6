#!/bin/sh
# Whether the export succeeds when it is started, still as exporter, and writes its file anew.
[ "$(systemctl show -p User --value export-orders.service)" = exporter ] || { echo "it is not exporter's" && exit 1; }
began=$(date +%s)
timeout 15 systemctl start export-orders.service || exit 1
written=$(stat -c %Y /var/lib/orders/open-orders.csv 2>/dev/null) || { echo "there is no file" && exit 1; }
[ "$written" -ge "$began" ] || { echo "the file is old" && exit 1; }
grep -q '^1042,' /var/lib/orders/open-orders.csv || { echo "the file is not what it should be" && exit 1; }
