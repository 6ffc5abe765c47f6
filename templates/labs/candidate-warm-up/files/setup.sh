#!/bin/sh
# Puts what there is to edit, to find and to stop into the person's home. What the tasks are stands beside the terminal.
set -eu
cd /home/student
cat >letter.txt <<'LETTER'
Dear visitor,

this machine is yours for a little while.
We wish you a pleasant winter.

Nobody looks at how you do this.
LETTER
cat >count.sh <<'PROGRAM'
#!/bin/bash
# Counts until somebody presses Ctrl and C.
trap 'echo; echo "You stopped me at $n."; echo "$n" >"$HOME/stopped-at"; exit 0' INT
n=0
while true; do
    n=$((n + 1))
    printf '\r%d  (stop me: hold Ctrl and press C) ' "$n"
    sleep 1
done
PROGRAM
chmod 755 count.sh
install -d -o student -g student an-unusually-long-name-that-nobody-would-want-to-type-in-full
chown student:student letter.txt count.sh
