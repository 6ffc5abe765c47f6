#!/bin/sh
# A machine with small jobs of its own: some run well, one runs wild, one hangs, and two want the same port.
set -eu
umask 022
units=/etc/systemd/system

useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin batch
useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin beacon

# --- Runs wild: started with each session, so that nothing is busy before ---------------------------------------------
cat >/usr/local/bin/reindex <<'SCRIPT'
#!/bin/sh
# Rebuilds the index of the old archive.
while :; do
    [ -e /srv/archive/new ] && mv /srv/archive/new /srv/archive/index
done
SCRIPT
cat >$units/reindex.service <<'UNIT'
[Unit]
Description=Index of the old archive

[Service]
ExecStart=/usr/local/bin/reindex
User=batch
Restart=always
RestartSec=2
CPUQuota=50%

[Install]
WantedBy=multi-user.target
UNIT

# --- Hangs, and ignores requests --------------------------------------------------------------------------------------
cat >/usr/local/bin/price-import <<'SCRIPT'
#!/bin/sh
# Waits for the price list of a supplier; an import must not be cut off halfway.
trap '' HUP INT QUIT TERM
while [ ! -e /srv/prices/list ]; do
    sleep 60
done
SCRIPT

# --- Does its rounds --------------------------------------------------------------------------------------------------
cat >/usr/local/bin/courier <<'SCRIPT'
#!/bin/sh
# Takes messages to the other offices, once a minute.
while :; do
    sleep 60
done
SCRIPT
cat >$units/courier.service <<'UNIT'
[Unit]
Description=Messages to the other offices

[Service]
ExecStart=/usr/local/bin/courier
User=batch

[Install]
WantedBy=multi-user.target
UNIT

# --- Reads its settings again when told to ----------------------------------------------------------------------------
printf '# One of green, red, white.\ncolour=green\n' >/etc/beacon.conf
cat >/usr/local/bin/beacon <<'SCRIPT'
#!/bin/sh
# Shines in the colour that /etc/beacon.conf names. The signal HUP has it read the file again.
settings() { colour=$(sed -n 's/^colour *= *//p' /etc/beacon.conf | tail -n 1); }
note() { echo "$(date '+%F %T') $1, colour $colour" >>/var/log/beacon/beacon.log; }
trap 'settings && note "settings read again"' HUP
settings
note "started"
while :; do
    sleep 600 &
    wait $!
    kill $! 2>/dev/null
done
SCRIPT
cat >$units/beacon.service <<'UNIT'
[Unit]
Description=Beacon on the roof

[Service]
ExecStart=/usr/local/bin/beacon
User=beacon
LogsDirectory=beacon

[Install]
WantedBy=multi-user.target
UNIT

# --- Not urgent -------------------------------------------------------------------------------------------------------
cat >/usr/local/bin/thumbnails <<'SCRIPT'
#!/bin/sh
# Makes small pictures of new large ones, every other minute.
while :; do
    sleep 120
done
SCRIPT
cat >$units/thumbnails.service <<'UNIT'
[Unit]
Description=Small pictures of large ones

[Service]
ExecStart=/usr/local/bin/thumbnails
User=batch

[Install]
WantedBy=multi-user.target
UNIT

# --- Two pages for one port -------------------------------------------------------------------------------------------
mkdir -p /srv/notes /srv/preview
echo '<h1>Notes of the week</h1><p>The lift is repaired on Thursday.</p>' >/srv/notes/index.html
echo '<h1>Preview</h1><p>How the new pages will look.</p>' >/srv/preview/index.html
cat >$units/notes.service <<'UNIT'
[Unit]
Description=Notes of the week

[Service]
ExecStart=/usr/bin/python3 -m http.server 8080 --directory /srv/notes
User=batch

[Install]
WantedBy=multi-user.target
UNIT
cat >$units/preview.service <<'UNIT'
[Unit]
Description=Preview of the new pages
Before=notes.service

[Service]
ExecStart=/usr/bin/python3 -m http.server 8080 --directory /srv/preview
# It counts as started when it listens.
ExecStartPost=/bin/sh -c 'until ss -ltn | grep -q ":8080 "; do sleep 0.2; done'
User=batch

[Install]
WantedBy=multi-user.target
UNIT

chmod 0755 /usr/local/bin/reindex /usr/local/bin/price-import /usr/local/bin/courier /usr/local/bin/beacon \
    /usr/local/bin/thumbnails
systemctl daemon-reload
systemctl --quiet enable reindex.service courier.service beacon.service thumbnails.service notes.service preview.service
systemctl start courier.service beacon.service thumbnails.service preview.service

# Left over from somebody's shell: no service of its own.
setsid setpriv --reuid batch --regid batch --init-groups /usr/local/bin/price-import </dev/null >/dev/null 2>&1 &
# The child that sleeps goes on, so only the program itself is found suspended.
systemctl kill --kill-whom=main --signal=STOP courier.service
