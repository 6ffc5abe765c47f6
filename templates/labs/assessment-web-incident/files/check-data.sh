#!/bin/sh
# Whether the account may read the file on the disk and strangers may not. Names of the disk are numbers here.
folder=var/lib/parcels
file=$folder/depot.txt
if [ -L "$file" ] || [ ! -f "$file" ]; then echo "the data are gone" && exit 1; fi
grep -q "^code = ${code:?}\$" "$file" || { echo "the data are not what they were" && exit 1; }

line=$(grep '^parcels:' etc/passwd | head -n 1)
[ -n "$line" ] || { echo "the account is gone" && exit 1; }
user=$(echo "$line" | cut -d: -f3)
own=$(echo "$line" | cut -d: -f4)
groups=" $own $(awk -F: '("," $4 ",") ~ /,parcels,/ { printf "%s ", $3 }' etc/group)"

# The digit of a mode that holds for the account: as owner, in the group, or as anybody.
rights() {
    mode=$((0$(stat -c %a "$1")))
    [ "$(stat -c %u "$1")" = "$user" ] && echo $((mode >> 6 & 7)) && return
    case $groups in
    *" $(stat -c %g "$1") "*) echo $((mode >> 3 & 7)) ;;
    *) echo $((mode & 7)) ;;
    esac
}
[ $(($(rights "$folder") & 1)) -ne 0 ] || { echo "the account cannot go into the folder" && exit 1; }
[ $(($(rights "$file") & 4)) -ne 0 ] || { echo "the account cannot read the file" && exit 1; }

# A stranger needs to get into the folder and to read the file. A group may read it when it is root's or the account's.
around=$((0$(stat -c %a "$folder")))
mode=$((0$(stat -c %a "$file")))
if [ $((around & 01)) -ne 0 ] && [ $((mode & 04)) -ne 0 ]; then echo "everybody can read it" && exit 1; fi
[ $((mode & 040)) -eq 0 ] && exit 0
group=$(stat -c %g "$file")
[ "$group" = 0 ] || [ "$group" = "$own" ] || { echo "a group of others can read it" && exit 1; }
