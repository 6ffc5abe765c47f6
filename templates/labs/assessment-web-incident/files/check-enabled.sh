#!/bin/sh
# Whether what starts with the machine has the service, and its unit and what is added to it name its own account.
units=etc/systemd/system
unit=$units/parcels.service
if [ -L "$unit" ] || [ ! -f "$unit" ]; then echo "its unit is gone or masked" && exit 1; fi
linked=no
for folder in multi-user.target.wants multi-user.target.requires default.target.wants default.target.requires; do
    target=$(readlink "$units/$folder/parcels.service") || continue
    case $target in
    /etc/systemd/system/parcels.service | ../parcels.service) linked=yes ;;
    esac
done
[ $linked = yes ] || { echo "it does not start with the machine" && exit 1; }

user=$(cat "$unit" "$units"/parcels.service.d/*.conf 2>/dev/null | tr -d '[:blank:]' | sed -n 's/^User=//p' | tail -n 1)
number=$(sed -n 's/^parcels:[^:]*:\([0-9]*\):.*/\1/p' etc/passwd | head -n 1)
[ "${number:-0}" != 0 ] || { echo "its account is gone or is root" && exit 1; }
[ "$user" = parcels ] || [ "$user" = "$number" ] || { echo "it runs as ${user:-root}" && exit 1; }
