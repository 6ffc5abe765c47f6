#!/bin/sh
# The word that is to be found behind the long name.
cd /home/student/an-unusually-long-name-that-nobody-would-want-to-type-in-full || exit 1
echo "The word is ${word:?}." >read-me.txt
chown student:student read-me.txt
