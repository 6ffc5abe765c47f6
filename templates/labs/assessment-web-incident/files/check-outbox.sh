#!/bin/sh
# Whether the disk is mounted at every start, and can be written to then.
[ -s var/lib/disks/parcels.img ] || { echo "the disk is gone" && exit 1; }
options=$(awk '!/^[ \t]*#/ && $2 ~ /^\/srv\/parcels\/?$/ { print $4 }' etc/fstab 2>/dev/null | tail -n 1)
if [ -z "$options" ]; then
    # A unit of its own does as well as a line of fstab.
    unit=etc/systemd/system/srv-parcels.mount
    [ -f "$unit" ] || { echo "it is not mounted at a start" && exit 1; }
    linked=no
    for folder in local-fs.target multi-user.target parcels.service; do
        for kind in wants requires; do
            [ -L "etc/systemd/system/$folder.$kind/srv-parcels.mount" ] && linked=yes
        done
    done
    [ $linked = yes ] || { echo "its unit does not start with the machine" && exit 1; }
    options=$(sed -n 's/^Options[[:space:]]*=[[:space:]]*//p' "$unit" | tail -n 1)
fi
# The last word on it counts, and without any it can be written to.
access=rw
for option in $(echo "$options" | tr ',' ' '); do
    case $option in
    ro | rw) access=$option ;;
    noauto) echo "it is not mounted by itself" && exit 1 ;;
    esac
done
[ "$access" = rw ] || { echo "it is mounted read-only" && exit 1; }
