#!/bin/sh
# Whether the key of whoever has left is no longer taken, and those of the two others still are.
file=/home/deploy/.ssh/authorized_keys
[ -f "$file" ] || exit 1
claire=AAAAC3NzaC1lZDI1NTE5AAAAIHUpKfNCNkk6L+bnd06Z50YMYN1ynu5M/9HK0oh0/4Yz
marco=AAAAC3NzaC1lZDI1NTE5AAAAIFJQcT7RE7wJbGPgfiylg7lX77mhe8AfvQc/lyKATM/y
ines=AAAAC3NzaC1lZDI1NTE5AAAAIL/aJBcBBHxb5Kiq10+QDpoHAsw6vEoLmTaCGcmg7SdU
# A line that is switched off by # is as good as gone.
taken=$(grep -v '^[[:space:]]*#' "$file")
for person in claire marco ines; do
    case $person in
    claire) key=$claire ;;
    marco) key=$marco ;;
    ines) key=$ines ;;
    esac
    if echo "$taken" | grep -qF "$key"; then is=taken; else is=gone; fi
    if [ "$person" = "${leaver:?}" ]; then should=gone; else should=taken; fi
    [ "$is" = "$should" ] || { echo "the key of $person is $is" && exit 1; }
done
