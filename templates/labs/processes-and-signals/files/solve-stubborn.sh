#!/bin/sh
# TERM is ignored, as HUP and INT are. KILL is not delivered to the program but done to it: it cannot even clear up, so
# it comes last and not first. Nothing left to kill is what is wanted.
pkill -TERM -x price-import
sleep 1
pkill -KILL -x price-import
exit 0
