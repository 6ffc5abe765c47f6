#!/bin/sh
# One unit, errors only, and of each line the message alone.
journalctl -u "$(cat /home/student/answers/unit)" -p err -o cat | sed -n 's/.*error number //p' | tail -n 1 \
    >/home/student/answers/code
