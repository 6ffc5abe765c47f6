#!/bin/sh
# Whether the one word was changed, and the rest of the letter is still there.
file=/home/student/letter.txt
grep -qs 'pleasant summer' "$file" || exit 1
! grep -q winter "$file" || exit 1
grep -q '^Dear visitor,' "$file" || { echo "the rest of the letter is gone" && exit 1; }
