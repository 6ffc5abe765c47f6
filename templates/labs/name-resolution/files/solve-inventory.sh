#!/bin/sh
# A line in /etc/hosts is forgotten easily and stays when the machine moves. Without it the name server is asked.
sed -i '/inventory/d' /etc/hosts
