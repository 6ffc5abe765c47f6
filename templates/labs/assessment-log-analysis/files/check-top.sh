#!/bin/bash
# Whether the answer has the five addresses with the most failed attempts, with their numbers, the largest first. Of
# addresses with equal numbers any will do, in any order. The log on the disk is the candidate's: it is made once more.
answers=home/student/answers/top
[ -f "$answers" ] && [ -r "$answers" ] || exit 1

# The same text stands in start.sh.
generate() {
    awk -v seed="${seed:?}" -v account="${account:?}" -v backdoor="${backdoor:?}" -v intruder="203.0.113.${host:?}" \
        -v failures="${failures:?}" -v tried="${tried:?}" -v hour="${hour:?}" -v minute="${minute:?}" \
        -v second="${second:?}" -v second_source="198.51.100.${away:?}" -v third_source="192.0.2.$((away + 17))" '
    function draw() { x = (x * 16807) % 2147483647; return x / 2147483647 }
    function say(t, program, text) {
        printf "2025-09-%02dT%02d:%02d:%02d+00:00 shop1 %s[%d]: %s\n", day, int(t / 3600), int(t / 60) % 60, t % 60,
            program, 1200 + int(t / 11) + int(draw() * 9), text
    }
    function later(t, program, text) { events++; when[events] = t; who[events] = program; what[events] = text }
    function port() { return 32768 + int(draw() * 28000) }
    function sudo(name, command) {
        return name " : TTY=pts/" int(draw() * 4) " ; PWD=/home/" name " ; USER=root ; COMMAND=" command
    }
    BEGIN {
        x = seed
        for (i = 0; i < 10; i++) draw()
        day = 1 + int(draw() * 28)
        guesses = split("root admin test oracle postgres ubuntu git mysql www backup ftp guest info support nagios " \
            "user pi deploy jenkins hadoop tomcat dev web mail sales office service scanner demo temp monitor " \
            "student redis elastic docker ansible vagrant minecraft steam zabbix", guess, " ")
        staff = split("anna bruno chloe david emile farah", colleague, " ")
        # What the intruder does, in the order of time: guesses for an hour and a half, comes in, makes an account.
        login = hour * 3600 + minute * 60 + second
        for (i = 0; i < failures; i++) {
            name = i % tried == 0 || i > failures * 0.6 ? account : guess[i % tried]
            unknown = name == account || name == "root" || name == "backup" ? "" : "invalid user "
            later(login - 5400 + int(5400 * i / failures), "sshd",
                "Failed password for " unknown name " from " intruder " port " port() " ssh2")
        }
        later(login, "sshd", "Accepted password for " account " from " intruder " port " port() " ssh2")
        later(login, "sshd", "pam_unix(sshd:session): session opened for user " account "(uid=1004) by " account \
            "(uid=0)")
        later(login + 47, "sudo", sudo(account, "/usr/bin/id"))
        later(login + 95, "sudo", sudo(account, "/usr/sbin/useradd -m -s /bin/bash " backdoor))
        later(login + 96, "useradd", "new user: name=" backdoor ", UID=1016, GID=1016, home=/home/" backdoor \
            ", shell=/bin/bash, from=/dev/pts/2")
        later(login + 128, "sudo", sudo(account, "/usr/sbin/usermod -aG sudo " backdoor))
        later(login + 129, "usermod", "add \047" backdoor "\047 to group \047sudo\047")
        later(login + 214, "sudo", sudo(account, "/usr/bin/tee /home/" backdoor "/.ssh/authorized_keys"))
        later(login + 301, "sshd", "pam_unix(sshd:session): session closed for user " account)
        split(intruder " " second_source " " third_source " " second_source, source, " ")
        for (i = 1; i <= 4; i++) {
            t = login + 900 + (i - 1) * 1900 + int(draw() * 600)
            later(t, "sshd", "Accepted publickey for " backdoor " from " source[i] " port " port() \
                " ssh2: ED25519 SHA256:8uTq0mSOrnVbJ2yXk4hL9dWc7eZfA1gRiPs5tQvNw3M")
            later(t + 1, "sshd", "pam_unix(sshd:session): session opened for user " backdoor "(uid=1016) by " backdoor \
                "(uid=0)")
        }
        # An ordinary day around it.
        hired = 30000 + int(draw() * 3000)
        k = 1
        for (t = int(draw() * 9); t < 86400; t += 1 + int(draw() * 15)) {
            for (; k <= events && when[k] <= t; k++) say(when[k], who[k], what[k])
            if (hired && t > hired) {
                hired = 0
                say(t, "sudo", sudo("oscar", "/usr/sbin/useradd -m intern3"))
                say(t, "useradd", "new user: name=intern3, UID=1012, GID=1012, home=/home/intern3, shell=/bin/sh, " \
                    "from=/dev/pts/0")
            }
            u = draw()
            if (u < 0.78) {
                # Those who try every machine there is, from 24 addresses, some more eager than others.
                v = draw(); i = int(v * v * v * 24)
                from = (i % 2 ? "198.51.100." : "203.0.113.") (i * 11 + seed) % 18 + (i % 2 ? 230 : 1)
                name = guess[1 + int(draw() * guesses)]
                if (name == "root" || name == "backup") {
                    say(t, "sshd", "Failed password for " name " from " from " port " port() " ssh2")
                } else {
                    p = port()
                    if (v < 0.5) say(t, "sshd", "Invalid user " name " from " from " port " p)
                    say(t, "sshd", "Failed password for invalid user " name " from " from " port " p " ssh2")
                }
            } else if (u < 0.88) {
                say(t, "CRON", "pam_unix(cron:session): session opened for user root(uid=0) by root(uid=0)")
            } else if (u < 0.93) {
                say(t, "sshd", "Connection closed by authenticating user root 203.0.113." 241 + int(draw() * 9) \
                    " port " port() " [preauth]")
            } else if (u < 0.96) {
                say(t, "sshd", "Accepted publickey for deploy from 192.0.2.5 port " port() \
                    " ssh2: ED25519 SHA256:Jd0mQk2vXh7sWc1uRy9tLzBn4eGf6aPo3iVqTx8wEbU")
            } else if (t > 25000 && t < 70000) {
                # Colleagues, who mistype their passwords now and then.
                name = colleague[1 + int(draw() * staff)]
                from = "192.0.2." 230 + int(draw() * 20)
                if (draw() < 0.2) say(t, "sshd", "Failed password for " name " from " from " port " port() " ssh2")
                say(t, "sshd", "Accepted password for " name " from " from " port " port() " ssh2")
                if (draw() < 0.4) say(t, "sudo", sudo(name, "/usr/bin/systemctl status shop"))
            }
        }
    }'
}

counts=$(generate | awk '
    / sshd\[[0-9]+\]: Failed password for / { for (i = 6; i < NF; i++) if ($i == "from") n[$(i + 1)]++ }
    END { for (a in n) print n[a], a }')
[ -n "$counts" ] || exit 2
awk '
    FNR == NR { n[$2] = $1; next }
    NF > 0 {
        lines++
        if (NF != 2 || seen[$2]++ || !($2 in n) || n[$2] != $1) wrong = 1
        given[lines] = $1
    }
    END {
        if (wrong || lines != 5) exit 1
        # What is left after the largest has been taken out five times must be what was given.
        for (i = 1; i <= 5; i++) {
            best = ""
            for (a in n) if (!(a in taken) && (best == "" || n[a] + 0 > n[best] + 0)) best = a
            taken[best] = 1
            if (given[i] + 0 != n[best] + 0) exit 1
        }
    }' <(printf '%s\n' "$counts") <(head -c 4096 "$answers") || exit 1
