#!/bin/sh
# The date is the first day on which the account does not work.
chage --expiredate 2031-07-01 zoe
