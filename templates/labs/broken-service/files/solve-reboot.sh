#!/bin/sh
# Started is for now, enabled is for every start of the machine.
systemctl enable guestbook.service
