#!/bin/sh
# The status is the ninth field between spaces. Asked as a field, it cannot be mistaken for the size of an answer, which
# is the tenth and is often five hundred and some as well.
awk '$9 >= 500 && $9 <= 599' /srv/logs/access.log | wc -l >/home/student/answers/server-errors
