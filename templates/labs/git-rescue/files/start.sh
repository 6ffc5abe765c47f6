#!/bin/bash
# Gives two repositories what differs from session to session: handbook its commits, two of which are lost, and deploy
# three commits that are not published yet, one of them with a password. Two calls of git each, for the sake of time.
set -eu
cd /home/student/repos
exec runuser -u student -- env HOME=/home/student line="${line:?}" secret="${secret:?}" now="$(date +%s)" \
    bash -eu <<'STUDENT'
who='Noor Haddad <noor@example.com>'
zero=0000000000000000000000000000000000000000
log=''

# Begins a commit of a stream for git fast-import. $1: branch, $2: mark, $3: minutes ago, $4: subject, $5: of what.
commit() {
    printf 'commit refs/heads/%s\nmark :%s\nauthor %s %s +0000\ncommitter %s %s +0000\ndata <<END\n%s\nEND\n' \
        "$1" "$2" "$who" $((now - $3 * 60)) "$who" $((now - $3 * 60)) "$4"
    [ -z "${5-}" ] || printf 'from %s\n' "$5"
}
# A file of that commit. $1: its name, $2: what is in it, $3: its mode.
file() { printf 'M %s inline %s\ndata <<END\n%s\nEND\n\n' "${3-100644}" "$1" "$2"; }
import() { git -C "$1" -c fastimport.unpackLimit=1 fast-import --quiet --export-marks="$PWD/marks"; }
# Reads the names of the commits that were made into sha[MARK].
read_marks() {
    sha=()
    while IFS=': ' read -r _ mark name; do sha[mark]=$name; done <marks
    rm marks
}
# A line of the reflog. $1: from, $2: to, $3: minutes ago, $4: what was done.
note() { log+="$1 $2 $who $((now - $3 * 60)) +0000"$'\t'"$4"$'\n'; }

# --- handbook ---------------------------------------------------------------------------------------------------------
{
    commit main 1 400 'Begin the handbook'
    file README.md 'How our workshop is run.'
    commit main 2 380 'Describe the mornings' :1
    file mornings.md 'Open the gate, switch on the compressor, read the orders.'
    commit lost 3 300 'Add the emergency numbers' :2
    file emergency.md $'Fire brigade: 112\nElectrician: 555 0000'
    commit lost 4 290 'Correct the number of the electrician' :3
    file emergency.md $'Fire brigade: 112\nElectrician: 555 '"$line"
    commit main 5 60 'Describe the evenings' :2
    file evenings.md 'Empty the compressor, lock the gate.'
} | import handbook
read_marks
note $zero "${sha[1]}" 400 'commit (initial): Begin the handbook'
note "${sha[1]}" "${sha[2]}" 380 'commit: Describe the mornings'
note "${sha[2]}" "${sha[3]}" 300 'commit: Add the emergency numbers'
note "${sha[3]}" "${sha[4]}" 290 'commit: Correct the number of the electrician'
note "${sha[4]}" "${sha[2]}" 90 'reset: moving to HEAD~2'
note "${sha[2]}" "${sha[5]}" 60 'commit: Describe the evenings'
mkdir -p handbook/.git/logs/refs/heads
printf %s "$log" >handbook/.git/logs/HEAD
printf %s "$log" >handbook/.git/logs/refs/heads/main
rm -f handbook/.git/refs/heads/lost handbook/.git/logs/refs/heads/lost
git -C handbook read-tree -u --reset HEAD

# --- deploy -----------------------------------------------------------------------------------------------------------
base=$(<deploy/.git/refs/heads/main)
loop='while read -r server; do
    rsync shop/ "$server:/srv/shop/"
done <servers.txt'
{
    commit main 1 50 'Read the password from a file' refs/heads/main^0
    file deploy.sh $'#!/bin/sh\n. ./.env\n'"$loop" 100755
    file .env "RSYNC_PASSWORD=$secret"
    commit main 2 40 'Add the second server' :1
    file servers.txt $'web1\nweb2'
    commit main 3 30 'Say when it is done' :2
    file deploy.sh $'#!/bin/sh\n. ./.env\n'"$loop"$'\necho "Everything is deployed."' 100755
} | import deploy
read_marks
IFS= read -r log <deploy/.git/logs/HEAD # how it was cloned
log+=$'\n'
note "$base" "${sha[1]}" 50 'commit: Read the password from a file'
note "${sha[1]}" "${sha[2]}" 40 'commit: Add the second server'
note "${sha[2]}" "${sha[3]}" 30 'commit: Say when it is done'
printf %s "$log" >deploy/.git/logs/HEAD
printf %s "$log" >deploy/.git/logs/refs/heads/main
git -C deploy read-tree -u --reset HEAD
STUDENT
