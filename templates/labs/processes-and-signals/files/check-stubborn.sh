#!/bin/sh
# Whether the program is gone. One that is dead and not yet buried counts as gone.
for state in $(ps -o stat= -C price-import); do
    case $state in
    Z*) ;;
    *) echo "it is still there" && exit 1 ;;
    esac
done
exit 0
