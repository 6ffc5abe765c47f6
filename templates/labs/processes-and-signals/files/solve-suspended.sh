#!/bin/sh
# CONT has it go on where it was.
pkill -CONT -x courier
