#!/bin/sh
# Where a sensor says no number, the function returned before it came to os.close. `with` closes the file on every way
# out of its lines, errors included.
set -eu
sed -i -e 's/^    handle = os.open(path, os.O_RDONLY)$/    with open(path) as file:/' \
    -e 's/^    text = os.read(handle, 100).decode()$/        text = file.read(100)/' \
    -e '/^    os.close(handle)$/d' /opt/greenhouse/greenhouse.py
# The running program is still the old one.
systemctl restart greenhouse
