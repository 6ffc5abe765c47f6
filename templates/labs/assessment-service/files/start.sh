#!/bin/sh
# Writes what differs from session to session: the brief, the badge on the ledger's page, and the file with its
# password.
set -eu
echo "${badge:?}" >/opt/ledger/badge
echo "LEDGER_PASSWORD=${password:?}" >/etc/ledger/ledger.env
chmod 644 /opt/ledger/badge /etc/ledger/ledger.env
cat >/home/student/brief.txt <<BRIEF
The service ledger.service

  program   /opt/ledger/ledger.py
  account   ${account:?}
  port      ${port:?}
  password  in /etc/ledger/ledger.env
  log       /var/log/ledger/ledger.log

Le service ledger.service

  programme     /opt/ledger/ledger.py
  compte        $account
  port          $port
  mot de passe  dans /etc/ledger/ledger.env
  journal       /var/log/ledger/ledger.log
BRIEF
chown student:student /home/student/brief.txt
