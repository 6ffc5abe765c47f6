#!/bin/sh
# Whether the service can read its settings and change nothing about them, and nobody else can read them.
file=/etc/catalog/catalog.conf
[ -f "$file" ] || exit 1
cd / || exit 2
as() {
    who=$1
    shift
    setpriv --reuid "$who" --regid "$(id -g "$who")" --init-groups "$@"
}
as catalog test -r "$file" || { echo "catalog cannot read it" && exit 1; }
as catalog test -w "$file" && { echo "catalog can change it" && exit 1; }
as catalog test -w /etc/catalog && { echo "catalog can replace it" && exit 1; }
for path in "$file" /etc/catalog; do
    [ "$(stat -c %U "$path")" != catalog ] || { echo "catalog owns $path and can change its rights" && exit 1; }
done
for who in lena tom student; do
    as "$who" test -r "$file" && { echo "$who can read it" && exit 1; }
done
grep -q '^password = ' "$file" || { echo "the password is gone" && exit 1; }
