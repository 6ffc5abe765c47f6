#!/bin/sh
# Whether nobody but root reads or changes the salaries, and they are still there.
file=/var/backups/payroll.csv
[ -f "$file" ] || exit 1
cd / || exit 2
[ "$(stat -c %U "$file")" = root ] || { echo "it is not root's" && exit 1; }
for who in lena marco tom catalog student; do
    # shellcheck disable=SC2016 # the inner shell fills in the name
    setpriv --reuid "$who" --regid "$(id -g "$who")" --init-groups sh -c '[ -r "$1" ] || [ -w "$1" ]' sh "$file" &&
        { echo "$who has rights to it" && exit 1; }
done
grep -q '^lena,2026-04,3120$' "$file" || { echo "the salaries are gone" && exit 1; }
