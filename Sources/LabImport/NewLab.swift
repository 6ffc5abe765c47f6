package import SessionModel

/// A small lab that has everything: what an author begins with.
///
/// It passes its own test: its tasks fail where nothing was done, pass where they were solved, and pass after a reboot.
package enum NewLab {
    /// The files of a lab of that name.
    package static func files(_ id: LabID) -> [LabFile] {
        let words = id.name.split(separator: "-").joined(separator: " ")
        let title = words.prefix(1).uppercased() + words.dropFirst()
        return [
            LabFile("lab.yaml", lab(id.name, title: title)), LabFile("files/setup.sh", setup),
            LabFile("files/check-errors.sh", checkErrors), LabFile("files/check-beacon.sh", checkBeacon),
            LabFile("files/solve-errors.sh", solveErrors), LabFile("files/solve-beacon.sh", solveBeacon),
        ]
    }

    private static func lab(_ id: String, title: String) -> String {
        """
        apiVersion: sandglass/v1
        kind: Lab
        id: \(YAMLText.word(id))
        version: 1
        title: {en: "\(title)", fr: "\(title)"}
        about:
          en: Whether someone finds what a service has written, and makes a service start by itself.
          fr: Si quelqu'un retrouve ce qu'un service a écrit, et fait démarrer un service tout seul.
        level: easy
        minutes: 15
        skills: [shell, systemd]
        policy: practice
        machines:
          box: {image: debian-13, vcpus: 1, memory: 512M, disk: 4G}
        # Once, before anybody comes: what every session begins with.
        setup:
          - {on: box, run: files/setup.sh, timeout: 60s}
        tasks:
          - id: errors
            text:
              en: Count the lines with ERROR in /var/log/beacon.log and write the number into /home/student/errors.
              fr: Comptez les lignes contenant ERROR dans /var/log/beacon.log et écrivez leur nombre dans /home/student/errors.
            check: {on: box, run: files/check-errors.sh, timeout: 10s}
            hints:
              - text:
                  en: grep can count. man grep tells with which letter.
                  fr: grep sait compter. man grep dit avec quelle lettre.
                cost: 2
          - id: beacon
            text:
              en: Make the service beacon run now, and by itself after every start of the machine.
              fr: Faites tourner le service beacon dès maintenant, et tout seul à chaque démarrage de la machine.
            points: 20
            # Looked at in a machine that was started from a copy of this one's disk.
            check: {on: box, run: files/check-beacon.sh, after: reboot, timeout: 30s, retries: 5}
            report:
              passed:
                en: Made a service start with the machine.
                fr: A fait démarrer un service avec la machine.
              failed:
                en: Did not make the service start with the machine.
                fr: N'a pas fait démarrer le service avec la machine.
            hints:
              - text:
                  en: systemctl status beacon tells how it stands; one word is to be changed.
                  fr: systemctl status beacon dit où il en est ; un mot est à changer.
                cost: 5
        # How each task is done, for tests of the lab; nobody in a session sees it.
        solve:
          - {task: errors, on: box, run: files/solve-errors.sh}
          - {task: beacon, on: box, run: files/solve-beacon.sh}

        """
    }

    private static let setup = """
        #!/bin/sh
        # A service that does not start by itself, and what it has written so far.
        set -e
        cat >/usr/local/sbin/beacon <<'END'
        #!/bin/sh
        while :; do
            date +%s >/run/beacon
            sleep 5
        done
        END
        chmod 0755 /usr/local/sbin/beacon
        cat >/etc/systemd/system/beacon.service <<'END'
        [Unit]
        Description=Says every five seconds that it is there

        [Service]
        ExecStart=/usr/local/sbin/beacon

        [Install]
        WantedBy=multi-user.target
        END
        systemctl daemon-reload
        for number in $(seq 1 400); do
            case $((number % 23)) in
            0) echo "$number ERROR no answer" ;;
            *) echo "$number INFO here" ;;
            esac
        done >/var/log/beacon.log

        """

    private static let checkErrors = """
        #!/bin/sh
        # Ends with 0 when it was done and with 1 when it was not; with 2 when that cannot be told.
        wanted=$(grep -c ERROR /var/log/beacon.log) || exit 2
        answer=$(head -n 1 /home/student/errors 2>/dev/null | tr -d '[:space:]')
        [ "$answer" = "$wanted" ] || exit 1

        """

    private static let checkBeacon = """
        #!/bin/sh
        # Whether the service runs, in a machine that has just been started.
        systemctl is-active --quiet beacon || exit 1

        """

    private static let solveErrors = """
        #!/bin/sh
        set -e
        grep -c ERROR /var/log/beacon.log >/home/student/errors
        chown student: /home/student/errors

        """

    private static let solveBeacon = """
        #!/bin/sh
        set -e
        systemctl enable --now beacon

        """
}
