#!/bin/sh
# start is for now, enable for the next start of the machine.
set -eu
systemctl enable cron.service
systemctl start cron.service
