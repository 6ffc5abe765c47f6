#!/bin/sh
# search is what is put behind a name that has no dot. The old office is gone.
sed -i 's/^search .*/search corp.test/' /etc/resolv.conf
