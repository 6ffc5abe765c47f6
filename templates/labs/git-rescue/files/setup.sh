#!/bin/bash
# Makes the repositories of which every session has the same: website and api as they are, deploy as far as it has been
# published, handbook empty. Their dates are fixed, so that their commits have the same names everywhere.
set -eu
install -d -o student -g student /srv/git /home/student/repos
cd /home/student/repos
exec runuser -u student -- env HOME=/home/student bash -eu <<'STUDENT'
git config --global user.name Student
git config --global user.email student@example.com
git config --global init.defaultBranch main

# Begins a commit of a stream for git fast-import. $1: branch, $2: mark, $3: day of March, $4: subject, $5: of what.
commit() {
    printf 'commit refs/heads/%s\nmark :%s\n' "$1" "$2"
    printf 'author Camille Roy <camille@example.com> %s +0000\n' $((1740820000 + $3 * 86400))
    printf 'committer Camille Roy <camille@example.com> %s +0000\n' $((1740820000 + $3 * 86400))
    printf 'data <<END\n%s\nEND\n' "$4"
    [ -z "${5-}" ] || printf 'from :%s\n' "$5"
}
# A file of that commit, from the input. $1: its name, $2: its mode.
file() {
    printf 'M %s inline %s\ndata <<END\n' "${2-100644}" "$1"
    cat
    printf 'END\n\n'
}
import() { git -C "$1" -c fastimport.unpackLimit=1 fast-import --quiet --export-marks="$PWD/marks"; }
sha() { sed -n "s/^:$1 //p" marks; }

# --- website: somebody looked at a published version, went on working there, and stands on no branch ------------------
git init -q website
{
    commit main 1 1 'First pages'
    file index.html <<<'<h1>Bicycles, new and mended</h1>'
    file about.html <<<'<p>Open from Tuesday to Saturday, 9 to 18.</p>'
    commit main 2 2 'Prices' 1
    file prices.html <<<'<p>A puncture: 12. A new chain: 35.</p>'
    printf 'reset refs/tags/v1.2\nfrom :2\n\n'
    commit main 3 9 'New opening hours' 2
    file about.html <<<'<p>Open from Tuesday to Saturday, 10 to 19.</p>'
    commit work 4 10 'Add a contact form' 2
    file contact.html <<<'<form>Name, message</form>'
    commit work 5 11 'Ask for a telephone number too' 4
    file contact.html <<<'<form>Name, telephone number, message</form>'
} | import website
who='Camille Roy <camille@example.com>'
zero=0000000000000000000000000000000000000000
{
    printf '%s %s %s 1740906400 +0000\tcommit (initial): First pages\n' $zero "$(sha 1)" "$who"
    printf '%s %s %s 1740992800 +0000\tcommit: Prices\n' "$(sha 1)" "$(sha 2)" "$who"
    printf '%s %s %s 1741597600 +0000\tcommit: New opening hours\n' "$(sha 2)" "$(sha 3)" "$who"
} >website/.git/logs/refs/heads/main
{
    cat website/.git/logs/refs/heads/main
    printf '%s %s %s 1741680000 +0000\tcheckout: moving from main to v1.2\n' "$(sha 3)" "$(sha 2)" "$who"
    printf '%s %s %s 1741684000 +0000\tcommit: Add a contact form\n' "$(sha 2)" "$(sha 4)" "$who"
    printf '%s %s %s 1741770400 +0000\tcommit: Ask for a telephone number too\n' "$(sha 4)" "$(sha 5)" "$who"
} >website/.git/logs/HEAD
sha 5 >website/.git/HEAD
rm -f website/.git/refs/heads/work website/.git/logs/refs/heads/work
git -C website read-tree -u --reset HEAD

# --- api: a merge that should not have been, published, and somebody's work after it ----------------------------------
git init -q --bare /srv/git/api.git
{
    commit main 1 1 'Serve orders'
    file orders.py <<<'ORDER_BY = "number"'
    printf '[server]\ntimeout = 30\nretries = 3\n' | file settings.ini
    commit main 2 3 'Describe how to start it' 1
    file README.md <<<'Start it with python3 orders.py.'
    commit experiment 3 4 'Try it without time limits' 1
    printf '[server]\ntimeout = 0\nretries = 3\n' | file settings.ini
    commit experiment 4 5 'Try endless retries' 3
    printf '[server]\ntimeout = 0\nretries = -1\n' | file settings.ini
    file experiment.py <<<'while True: pass'
    commit main 5 8 "Merge branch 'experiment'" 2
    printf 'merge :4\n'
    printf '[server]\ntimeout = 0\nretries = -1\n' | file settings.ini
    file experiment.py <<<'while True: pass'
    commit main 6 9 'List orders by date' 5
    file orders.py <<<'ORDER_BY = "date"'
} | import /srv/git/api.git
git clone -q /srv/git/api.git api

# --- deploy: what has been published of it ----------------------------------------------------------------------------
git init -q --bare /srv/git/deploy.git
{
    commit main 1 1 'Deploy the shop with one script'
    printf '#!/bin/sh\nrsync shop/ web1:/srv/shop/\n' | file deploy.sh 100755
    file README.md <<<'deploy.sh brings the shop to its servers.'
    commit main 2 2 'Name the servers in a file' 1
    file servers.txt <<<'web1'
    printf '#!/bin/sh\nwhile read -r server; do\n    rsync shop/ "$server:/srv/shop/"\ndone <servers.txt\n' |
        file deploy.sh 100755
} | import /srv/git/deploy.git
git clone -q /srv/git/deploy.git deploy

git init -q handbook
rm marks
STUDENT
