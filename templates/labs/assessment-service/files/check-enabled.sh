#!/bin/bash
# Whether the unit is wanted by what is started with the system. A link's own text is read: it leads nowhere here.
[ -f etc/systemd/system/ledger.service ] || { echo "there is no unit" && exit 1; }
for target in multi-user default; do
    for kind in wants requires; do
        link=etc/systemd/system/$target.target.$kind/ledger.service
        [ -L "$link" ] || continue
        case $(readlink "$link") in
        */ledger.service) exit 0 ;;
        esac
    done
done
exit 1
