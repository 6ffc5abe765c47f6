#!/bin/sh
# Whether sudo's own account of what nora may do is that one command, without a password, and nothing for the others.
export LC_ALL=C
cd / || exit 2
command -v visudo >/dev/null || exit 2
visudo -cq || { echo "visudo finds mistakes" && exit 1; }
id nora >/dev/null 2>&1 || exit 1
grep -qs kiosk /etc/sudoers.d/* || { echo "there is no such rule in /etc/sudoers.d" && exit 1; }

# Lists one command a line, each behind a tab.
list=$(sudo -ll -U nora) || exit 1
commands=$(echo "$list" | sed -n 's/^\t//p' | sort -u)
[ -n "$commands" ] || { echo "nora may run nothing" && exit 1; }
more=$(echo "$commands" | grep -vxE '(/usr)?/bin/systemctl restart kiosk(\.service)?')
[ -z "$more" ] || { echo "nora may run more: $more" && exit 1; }
# The word of the unit's full name must do; the short one may.
sudo -l -U nora /usr/bin/systemctl restart kiosk.service >/dev/null || { echo "not the command asked for" && exit 1; }
case $list in
*"RunAsUsers: "*) ;;
*) exit 1 ;;
esac
echo "$list" | grep 'RunAsUsers: ' | grep -vqE 'RunAsUsers: (root|ALL)$' && { echo "not as root" && exit 1; }
# Either every rule, or the defaults, go without a password.
entries=$(echo "$list" | grep -c '^Sudoers entry')
free=$(echo "$list" | grep -c '^    Options: .*!authenticate')
if [ "$free" -lt "$entries" ]; then
    echo "$list" | sed '/^User nora may/,$d' | grep -q '!authenticate' || { echo "sudo asks for a password" && exit 1; }
fi

for who in emile vincent zoe; do
    sudo -l -U "$who" /usr/bin/systemctl restart kiosk.service >/dev/null 2>&1 && { echo "$who may too" && exit 1; }
    sudo -l -U "$who" /bin/sh >/dev/null 2>&1 && { echo "$who may do anything" && exit 1; }
done
exit 0
