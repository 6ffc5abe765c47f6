#!/bin/sh
# The shell completes names from their beginning with Tab; in a script a pattern does the same.
sed 's/.* \(.*\)\.$/\1/' /home/student/an*/read-me.txt >/home/student/word
