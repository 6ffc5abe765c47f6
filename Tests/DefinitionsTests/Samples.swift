/// Texts that are right, each with everything its format has.
enum Samples {
    /// A policy.
    static let policy = """
        apiVersion: sandglass/v1
        kind: Policy
        id: practice
        title: {en: Practice, fr: Entraînement}
        time:
          limit: 1h
          enter: 20m
          ready: 2m
          extend: {step: 15m, max: 1h}
          idle: 30m
          warn: [10m, 5m, 1m]
          pause: runs
        resources:
          vcpus: 2
          cpuPercent: 150
          memory: 1G
          disk: 8G
          read: 100M/s
          write: 50M/s
          readIOPS: 2000
          writeIOPS: 1000
        network: none
        isolation: any
        concurrency: {perPerson: 2, host: 40}
        keep: {disk: true}
        sharing: none
        feedback: after
        hints: never
        reset: never
        recording: {mode: required, input: true, limit: 10M}
        retention: {recordings: 30d, files: 60d, disks: 400d, reason: a lawsuit}

        """

    /// A policy with nothing that may be left out.
    static let shortPolicy = """
        apiVersion: sandglass/v1
        kind: Policy
        id: short
        title: {en: Short}
        time: {limit: 90s}
        resources: {vcpus: 1, cpuPercent: 100, memory: 64M, disk: 1M}
        isolation: hardware
        concurrency: {perPerson: 1, host: 1}

        """

    /// A lab.
    static let lab = """
        apiVersion: sandglass/v1
        kind: Lab
        id: first-steps
        version: 3
        title: {en: First steps, fr: Premiers pas}
        policy: practice
        machines:
          web:
            image: debian-13
            vcpus: 1
            memory: 512M
            disk: 4G
        warm: {pool: 2}
        vars: {port: {random: port}, token: {random: hex, length: 12}, n: {random: number, from: 1, to: 9}, d: {oneOf: [a, b]}}
        setup: [{on: web, run: echo setup, timeout: 60s}]
        start: [{on: web, run: echo "$token"}]
        ready: {on: web, run: systemctl is-active nginx, within: 20s}
        about: {en: It shows., fr: Il montre.}
        level: easy
        audience: practice
        minutes: 30
        skills: [nginx, systemd]
        checks: {max: 20, cooldown: 15s}
        tasks: [{id: serve, text: {en: Make it serve., fr: Qu'il serve.}, points: 40, check: {on: web, run: test -e /srv/up, timeout: 10s, retries: 3}, report: {passed: {en: It serves.}, failed: {en: It does not.}}, hints: [{text: {en: Look.}, cost: 5}]}, {id: persist, text: {en: Keep it.}, needs: [serve], check: {on: web, run: 'true'}}, {id: page, text: {en: Show it.}, check: {via: forward, machine: web, http: 'http://localhost:80/', expect: {status: 200, contains: here}}}, {id: listen, text: {en: Listen.}, check: {via: forward, machine: web, tcp: 'localhost:80'}}]
        trust: guest
        solve: [{on: web, run: touch /srv/up, timeout: 30s}, {on: web, run: 'true'}]
        tests: [untouched-fails, solved-passes]

        """

    /// An image recipe.
    static let image = """
        apiVersion: sandglass/v1
        kind: Image
        id: debian-13
        title: {en: Debian 13}
        build:
          suite: trixie
          packages: [systemd, libstdc++6]
          files: files
          setup: [setup.sh, more/last.sh]
        disk: {size: 4G}
        boot:
          kernel: boot/vmlinuz
          initrd: boot/initrd.img
          commandLine: root=/dev/vda ro console=ttyS0 quiet
        console: serialShell

        """
}
