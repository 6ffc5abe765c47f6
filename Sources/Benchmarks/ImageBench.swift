import APIClient
import APIContract
import Foundation

/// The cold boot of the shipped image beside that of an image nobody tuned, by the emulator alone.
package struct ImageBench: Sendable {
    private static let untuned = "untuned-13"

    // What Debian installs by itself: its own initramfs, its packed kernel, every unit as it comes. All that is added is a
    // shell on the serial line, so that there is a prompt to wait for.
    private static let recipe = """
        apiVersion: sandglass/v1
        kind: Image
        id: \(untuned)
        title: {en: Debian 13 as it comes}
        build:
          suite: trixie
          packages: [systemd, systemd-sysv, udev, dbus, libpam-systemd, initramfs-tools, linux-image-cloud-amd64]
          files: files
          agent: false
        disk: {size: 4G}
        boot:
          kernel: vmlinuz
          initrd: initrd.img
          commandLine: root=/dev/vda rw console=ttyS0,115200 quiet
        console: serialShell

        """

    private static let login = """
        [Service]
        ExecStart=
        ExecStart=-/sbin/agetty --autologin root --noclear --keep-baud 115200,57600,38400,9600 - $TERM

        """

    private let setup: PrivateDaemon.Setup
    private let rounds: Int

    /// Makes the benchmark.
    ///
    /// - Parameters:
    ///   - setup: The daemon that builds the images.
    ///   - rounds: Boots of each image; the median counts.
    package init(_ setup: PrivateDaemon.Setup, rounds: Int = 5) {
        var setup = setup
        setup.environment["SANDGLASS_WARM"] = "off"
        let folder = "templates/images/\(Self.untuned)"
        setup.files["\(folder)/image.yaml"] = Self.recipe
        setup.files["\(folder)/files/etc/systemd/system/serial-getty@ttyS0.service.d/autologin.conf"] = Self.login
        self.setup = setup
        self.rounds = rounds
    }

    /// Measures.
    ///
    /// - Parameter tell: Hears what is being done.
    /// - Returns: The figures.
    /// - Throws: What kept it from measuring.
    package func run(tell: @Sendable (String) -> Void) async throws -> BenchReport {
        let (ours, theirs) = try await PrivateDaemon.measured(setup) { daemon, _ in
            try await boots(daemon, tell)
        }
        var report = BenchReport("image")
        report.add("boot of the untuned image to a prompt", theirs.median, "s")
        report.add("boot of the shipped image to a prompt", ours.median, "s", floor: theirs.median)
        report.add("against an untuned image", ours.median / theirs.median, "×", atMost: 0.75, floor: 1)
        return report
    }

    private typealias Times = (ours: [Double], theirs: [Double])

    private func boots(_ daemon: PrivateDaemon, _ tell: (String) -> Void) async throws -> Times {
        let accelerator = try await daemon.connected { client in
            for image in [BenchDefinitions.image, Self.untuned] {
                tell("providing the image \(image)")
                try await daemon.provide(image: image, client)
            }
            return try await client.host().acceleration ?? "tcg"
        }
        let tuned = try RawGuest(image: BenchDefinitions.image, in: daemon, accelerator: accelerator)
        let untuned = try RawGuest(image: Self.untuned, in: daemon, accelerator: accelerator)
        var (ours, theirs): ([Double], [Double]) = ([], [])
        for round in 1...rounds {
            theirs.append(try untuned.boot(in: daemon.folder))
            ours.append(try tuned.boot(in: daemon.folder))
            let format = "round %d of %d: %.2f s, untuned %.2f s"
            tell(String(format: format, round, rounds, ours.last ?? 0, theirs.last ?? 0))
        }
        return (ours, theirs)
    }
}
