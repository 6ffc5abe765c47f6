#!/bin/sh
systemctl enable parcels.service
