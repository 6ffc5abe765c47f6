#!/bin/sh
# install makes the folder with its owner and mode in one go.
install -d -o guestbook -g guestbook -m 0750 /var/lib/guestbook
