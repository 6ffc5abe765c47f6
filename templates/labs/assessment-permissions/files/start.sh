#!/bin/sh
# The folders and files of this session, with rights as whoever is in a hurry leaves them.
set -eu
umask 022
: "${team:?}" "${service:?}" "${tag:?}" "${place:?}"

folder=/srv/$team-$tag
settings=/etc/$service/$service.conf
backup=/var/backups/payroll-$tag.csv
script=$place/tidy-$tag.sh

mkdir -p "$folder"
echo 'Agenda: the budget of next year.' >"$folder/meeting.txt"

mkdir -m 0700 "/etc/$service"
printf 'server = 192.0.2.20\nuser = %s\npassword = %s\n' "$service" "$tag-quiet-heron" >"$settings"
chmod 0600 "$settings"

printf 'name,month,amount\nanna,2026-04,3120\nkarim,2026-04,2980\nlucie,2026-04,3340\n' >"$backup"

mkdir -p "$place"
printf '#!/bin/sh\n# Run every night as root.\nfind /srv -name "*.draft" -atime +365 -delete\n' >"$script"
chmod 0777 "$script"

cat >/home/student/ORDER.txt <<ORDER
What is to be put in order / À remettre en ordre

    team        $team
    folder      $folder
    service     $service
    settings    $settings
    backup      $backup
ORDER
chown student:student /home/student/ORDER.txt
