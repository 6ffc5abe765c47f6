#!/bin/sh
# All teams, people and accounts of services that a session may be about; making them takes longer than a start may.
set -eu
umask 022

for team in finance legal archive press; do groupadd "$team"; done
useradd --create-home --shell /bin/bash --groups finance,press anna
useradd --create-home --shell /bin/bash --groups legal,archive karim
useradd --create-home --shell /bin/bash --groups finance,legal,archive,press lucie
for service in courier mirror printer; do
    useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin "$service"
done
mkdir -p /var/backups
