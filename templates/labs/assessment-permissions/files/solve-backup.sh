#!/bin/sh
# Root needs no right of the group or of others.
chmod 600 "/var/backups/payroll-${tag:?}.csv"
