#!/bin/sh
# A journal that lies elsewhere is read with --directory. Warnings of the service itself come earlier; that it failed is
# what systemd says of it. short-iso has the time as 2026-03-03T14:05:17+00:00.
journalctl --directory=/srv/vega --utc -u billing.service --grep='Failed with result' -o short-iso |
    sed -n 's/^[^T]*T\([0-9]*:[0-9]*\):.*/\1/p' | head -n 1 >/home/student/answers/time
