#!/bin/sh
# Breaks the server's configuration, which only shows when it is read again, and says in a note who has left.
set -eu
cat >/etc/ssh/sshd_config.d/50-team.conf <<'CONFIG'
# Agreed in the team: three attempts, within half a minute.
MaxAuthTry 3
LoginGraceTime half a minute
CONFIG
cat >/home/student/note.txt <<NOTE
Whose key is still among those of deploy, but no longer works here: ${leaver:?}

De qui la clé figure encore parmi celles de deploy, mais qui ne travaille plus ici : $leaver
NOTE
chown student:student /home/student/note.txt
