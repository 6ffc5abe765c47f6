#!/bin/sh
# Whether the word was written down; in large letters or with a full stop it is the same word.
grep -qisw -e "${word:?}" /home/student/word || exit 1
