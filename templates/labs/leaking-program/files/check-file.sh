#!/bin/sh
# Whether the file names the sensor that is switched off; its name without the path will do.
answer=$(tr -d '[:space:]' 2>/dev/null </home/student/answers/file) || exit 1
[ "${answer##*/}" = "${place:?}-${height:?}" ] || exit 1
