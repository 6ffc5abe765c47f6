#!/bin/sh
# Whether the program is there and not suspended.
found=no
for state in $(ps -o stat= -C courier); do
    case $state in
    Z*) ;;
    T* | t*) echo "it is suspended" && exit 1 ;;
    *) found=yes ;;
    esac
done
[ $found = yes ] || { echo "it is gone" && exit 1; }
