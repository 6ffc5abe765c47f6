#!/bin/sh
# Switches one sensor off: from now on the service leaks, and by which file differs from session to session.
: >"/var/lib/greenhouse/sensors/${place:?}-${height:?}"
