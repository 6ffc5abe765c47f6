#!/bin/sh
# Every successful login of the new account, whatever the way; of each the address, and each address once.
backdoor=$(cat /home/student/answers/backdoor)
grep "Accepted .* for $backdoor from" /srv/case/auth.log | sed 's/.* from \([^ ]*\) port.*/\1/' | sort -u \
    >/home/student/answers/sources
