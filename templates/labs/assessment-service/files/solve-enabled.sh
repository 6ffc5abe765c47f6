#!/bin/sh
# start is for now, enable is for the next start of the machine.
systemctl enable ledger.service
