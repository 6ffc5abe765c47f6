#!/bin/sh
# Between single quotation marks the shell leaves every sign alone.
echo '| \ { } [ ] ~ @ # & < > " $' >/home/student/signs
