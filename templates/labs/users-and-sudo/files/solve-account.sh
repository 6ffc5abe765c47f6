#!/bin/sh
# Without --create-home there would be no home, and without --shell a plain sh. The mode of the home, which lets nobody
# else look in, comes from HOME_MODE in /etc/login.defs.
useradd --create-home --shell /bin/bash --comment 'Nora Petit' nora
