#!/bin/sh
# Who may write to a folder may delete any file in it. The sticky bit leaves that to the file's owner.
chmod +t /srv/dropbox
