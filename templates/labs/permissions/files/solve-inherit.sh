#!/bin/sh
# With setgid on a folder, what is made in it takes the folder's group, and new subfolders take the bit as well. Those
# that exist do not get it by themselves.
find /srv/design -type d -exec chmod g+s {} +
