#!/bin/sh
# Whether cron runs, now and after a start of the machine.
systemctl is-active --quiet cron.service || { echo "it does not run" && exit 1; }
systemctl is-enabled --quiet cron.service || { echo "it will not run after a restart" && exit 1; }
