#!/bin/sh
# Whether members of the team can do everything in the folders, and others nothing.
cd / || exit 2
as() {
    who=$1
    shift
    setpriv --reuid "$who" --regid "$(id -g "$who")" --init-groups "$@"
}
for who in lena marco; do
    # shellcheck disable=SC2016 # the inner shell fills in the folder
    as "$who" sh -c 'for folder; do [ -r "$folder" ] && [ -w "$folder" ] && [ -x "$folder" ] || exit 1; done' \
        sh /srv/design /srv/design/posters || { echo "$who cannot work there" && exit 1; }
done
for who in tom catalog; do
    as "$who" sh -c '[ -r /srv/design ] || [ -w /srv/design ] || [ -x /srv/design ]' &&
        { echo "$who has rights there" && exit 1; }
    as "$who" sh -c '[ -r /srv/design/posters ]' && { echo "$who can look into posters" && exit 1; }
done
# A stranger, whom no list of names can leave out.
for folder in /srv/design /srv/design/posters; do
    case $(stat -c %a "$folder") in
    *0) ;;
    *) echo "$folder has rights for everybody else" && exit 1 ;;
    esac
done
exit 0
