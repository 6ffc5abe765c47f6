#!/bin/sh
# A key a line; what stands behind it tells whose it is.
sed -i "/ ${leaver:?}@office\$/d" /home/deploy/.ssh/authorized_keys
