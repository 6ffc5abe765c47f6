#!/bin/sh
# --append keeps the groups that emile is in already; without it the list would be replaced.
groupadd ops
usermod --append --groups ops nora
usermod --append --groups ops emile
