#!/bin/sh
# Only the seventh field counts, and only its beginning: the same word stands in pages such as /blog/download/tips and
# in the addresses of pages that visitors came from.
awk '$7 ~ /^\/download\// { sum += $10 } END { print sum }' /srv/logs/access.log \
    >/home/student/answers/download-bytes
