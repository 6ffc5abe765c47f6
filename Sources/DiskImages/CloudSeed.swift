import Foundation
import SessionModel

/// Makes the disk by which a Linux cloud image learns, at its first boot, who may use it.
///
/// It makes a user `student` who may use `sudo`, logs them in on the serial console, waits for no network, and hands the
/// guest agent over, which lies beside the settings.
struct CloudSeed {
    /// The image it is for.
    let image: ImageID
    /// The agent and its unit; `nil` hands none over.
    let parts: GuestParts?

    /// Writes the seed.
    ///
    /// - Parameters:
    ///   - path: Where; nothing may be there.
    ///   - work: An existing folder for the half-made.
    /// - Throws: ``Failure`` with `hostTool`, `hostUnfit` (also when a part of the agent is missing) or `storage`.
    func write(to path: String, work: String) async throws {
        _ = try await parts?.digest()
        var names = parts?.files ?? []
        for (name, text) in [("user-data", userData), ("meta-data", metaData), ("network-config", networkConfig)] {
            try FileTree.write(Data(text.utf8), to: "\(work)/\(name)", mode: 0o644)
            names.append("\(work)/\(name)")
        }
        _ = try await HostTool(
            name: "genisoimage",
            command: ["genisoimage", "-quiet", "-output", path, "-volid", "cidata", "-joliet", "-rock"] + names,
        ).output()
    }

    var userData: String {
        """
        #cloud-config
        users:
          - name: student
            gecos: Student
            groups: [sudo]
            sudo: "ALL=(ALL) NOPASSWD:ALL"
            shell: /bin/bash
            lock_passwd: true
        bootcmd:
          - [mkdir, -p, /etc/systemd/system/serial-getty@ttyS0.service.d]
          - - sh
            - -c
            - |
              cat >/etc/systemd/system/serial-getty@ttyS0.service.d/autologin.conf <<'END'
              [Service]
              ExecStart=
              ExecStart=-/sbin/agetty --autologin student --keep-baud 115200,57600,38400,9600 - $TERM
              END
          - [systemctl, mask, systemd-networkd-wait-online.service, NetworkManager-wait-online.service]
        \(parts == nil ? "" : handOver)  - [systemctl, daemon-reload]
          - [systemctl, --no-block, enable, --now, serial-getty@ttyS0.service]
        \(parts == nil ? "" : "  - [systemctl, --no-block, enable, --now, \(GuestParts.unit)]\n")\
        ssh_pwauth: false
        package_update: false
        package_upgrade: false

        """
    }

    /// Copies the agent from the seed, at every boot: a person may have removed it.
    private var handOver: String {
        let (seed, program, unit) = ("/run/sandglass-seed", GuestParts.program, GuestParts.unit)
        let lines = [
            "mkdir -p \(seed) && mount -o ro -L cidata \(seed)",
            "install -D -m 0755 \(seed)/\(program) /usr/lib/sandglass/\(program)",
            "install -D -m 0644 \(seed)/\(unit) /etc/systemd/system/\(unit)",
            "umount \(seed)",
        ]
        return "  - - sh\n    - -c\n    - |\n" + lines.map { "      \($0)\n" }.joined()
    }

    var metaData: String { "instance-id: sandglass-\(image)\nlocal-hostname: \(image)\n" }

    var networkConfig: String { "version: 2\nethernets: {}\n" }
}
