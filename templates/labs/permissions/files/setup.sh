#!/bin/sh
# The people of a small publishing house, the account of its catalogue, and files that were copied with little care.
set -eu
umask 022

groupadd design
for name in lena marco tom; do
    useradd --create-home --shell /bin/bash "$name"
done
usermod --append --groups design lena
usermod --append --groups design marco
useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin catalog

# Tom's home, put back by root from a backup.
mkdir /home/tom/letters /home/tom/.config
echo 'Dear Mrs Hall, the proofs of the spring list are ready.' >/home/tom/letters/spring.txt
echo 'Dear Mr Blanc, thank you for your drawings.' >/home/tom/letters/blanc.txt
echo 'editor=nano' >/home/tom/.config/letters.conf
ln -s /etc/motd /home/tom/welcome
chown -hR root:root /home/tom

# The team's folder, as mkdir leaves it.
mkdir -p /srv/design/posters
echo 'Spring: a heron. Autumn: a lighthouse.' >/srv/design/covers.txt
echo 'Book fair: two metres by one.' >/srv/design/posters/sizes.txt

# Where everyone leaves files for others.
mkdir /srv/dropbox
chmod 0777 /srv/dropbox

# The catalogue's settings, which only root can reach.
mkdir -m 0700 /etc/catalog
printf 'title = Books in print\ndatabase = books\npassword = quiet-heron-31\n' >/etc/catalog/catalog.conf
chmod 0600 /etc/catalog/catalog.conf

# Salaries that everyone can read.
mkdir -p /var/backups
printf 'name,month,amount\nlena,2026-04,3120\nmarco,2026-04,2980\ntom,2026-04,2740\n' >/var/backups/payroll.csv
chmod 0644 /var/backups/payroll.csv

# What root runs at night and everyone may change.
mkdir -p /usr/local/lib/housekeeping
cat >/usr/local/lib/housekeeping/tidy.sh <<'SCRIPT'
#!/bin/sh
# Run every night as root: removes drafts that nobody has opened for a year.
find /srv/design -name '*.draft' -atime +365 -delete
SCRIPT
chmod 0777 /usr/local/lib/housekeeping/tidy.sh
