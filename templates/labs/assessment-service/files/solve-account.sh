#!/bin/sh
# A system account: a low number, no home that anybody made, no shell, no password. Whoever breaks into the service is
# nobody in particular.
useradd --system --user-group --no-create-home --shell /usr/sbin/nologin "${account:?}"
