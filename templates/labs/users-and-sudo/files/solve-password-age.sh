#!/bin/sh
chage --maxdays 90 --warndays 14 zoe
