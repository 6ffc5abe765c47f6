#!/bin/sh
# Installs the program that leaks, as a service, with a dozen sensors to read. All of them work here, so nothing leaks
# yet.
set -eu
useradd --system --user-group --no-create-home --home-dir /var/lib/greenhouse --shell /usr/sbin/nologin greenhouse
install -d -o student -g student /home/student/answers
install -d -o greenhouse -g greenhouse /var/lib/greenhouse /var/lib/greenhouse/sensors
degrees=175
for place in north south east west; do
    for height in low middle high; do
        degrees=$((degrees + 3))
        echo "$((degrees / 10)).$((degrees % 10))" >"/var/lib/greenhouse/sensors/$place-$height"
    done
done
chown greenhouse:greenhouse /var/lib/greenhouse/sensors/*
install -d /opt/greenhouse
cat >/opt/greenhouse/greenhouse.py <<'PROGRAM'
#!/usr/bin/python3
"""Reads the sensors of a greenhouse twice a second and keeps their mean in a file."""
import os
import time

SENSORS = "/var/lib/greenhouse/sensors"
MEAN = "/var/lib/greenhouse/mean"


def reading(path):
    """What a sensor says, in degrees; None when it is switched off or says something else."""
    handle = os.open(path, os.O_RDONLY)
    text = os.read(handle, 100).decode()
    try:
        degrees = float(text)
    except ValueError:
        return None
    os.close(handle)
    return degrees


def readings():
    """What all sensors say that say something."""
    for name in sorted(os.listdir(SENSORS)):
        try:
            degrees = reading(os.path.join(SENSORS, name))
        except OSError as error:
            print(f"{name}: {error}", flush=True)
            continue
        if degrees is not None:
            yield degrees


def keep(degrees):
    """Replaces the file with the mean as a whole, so that nobody reads half of one."""
    with open(MEAN + ".new", "w") as file:
        file.write(f"{degrees:.2f}\n")
    os.replace(MEAN + ".new", MEAN)


while True:
    values = list(readings())
    if values:
        keep(sum(values) / len(values))
    time.sleep(0.5)
PROGRAM
chmod 755 /opt/greenhouse/greenhouse.py
cat >/etc/systemd/system/greenhouse.service <<'UNIT'
[Unit]
Description=Mean temperature of the greenhouse

[Service]
User=greenhouse
ExecStart=/opt/greenhouse/greenhouse.py
LimitNOFILE=512

[Install]
WantedBy=multi-user.target
UNIT
systemctl enable --now greenhouse.service
