#!/bin/sh
# Says in a note at which times the two new jobs are to run.
set -eu
clock=$(printf %02d:%02d "${hour:?}" "${quarter:?}")
cat >/home/student/note.txt <<NOTE
/usr/local/sbin/disk-usage     every hour, at minute ${minute:?}
/usr/local/bin/send-summary    from Monday to Friday, at $clock

/usr/local/sbin/disk-usage     toutes les heures, à la minute $minute
/usr/local/bin/send-summary    du lundi au vendredi, à $clock
NOTE
chown student:student /home/student/note.txt
