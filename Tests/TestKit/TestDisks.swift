import Foundation
import Glibc

/// Makes disks for tests, without mounting anything.
package enum TestDisks {
    /// What a bootable disk shows on its first serial port (115200 baud).
    package enum Console: String, Sendable, CaseIterable {
        /// The prompt `grub>` of a shell.
        case shell
        /// `test-disk login: `, again after every line.
        case login
        /// Nothing; its shell is on the screen. UEFI firmware repeats the screen on the serial port, so only a BIOS disk is
        /// really silent.
        case none
    }

    /// Makes a raw disk that a PC BIOS starts.
    ///
    /// - Parameters:
    ///   - console: What it shows.
    ///   - path: Where; what is there is replaced.
    ///   - work: A folder for the half-made.
    /// - Throws: ``ProgramFailed``, or what reading and writing files throws.
    package static func makeBIOS(_ console: Console, at path: String, work: String) throws {
        let core = "\(work)/core-\(console.rawValue).img"
        let configuration = configuration(console)
        try standalone("i386-pc", configuration, at: core, modules: "biosdisk \(consoleModules)", work: work)
        // The first sector loads what follows it, and finds it there.
        var disk = try Data(contentsOf: URL(fileURLWithPath: "/usr/lib/grub/i386-pc/boot.img"))
        disk += try Data(contentsOf: URL(fileURLWithPath: core))
        disk += Data(count: (4 << 20) - disk.count)
        try disk.write(to: URL(fileURLWithPath: path))
    }

    /// Makes a raw disk that UEFI starts: a GPT with one EFI system partition.
    ///
    /// - Parameters:
    ///   - console: What it shows.
    ///   - path: Where; what is there is replaced.
    ///   - work: A folder for the half-made.
    /// - Throws: ``ProgramFailed``, or what reading and writing files throws.
    package static func makeUEFI(_ console: Console, at path: String, work: String) throws {
        let loader = "\(work)/boot-\(console.rawValue).efi"
        try standalone("x86_64-efi", configuration(console), at: loader, modules: consoleModules, work: work)
        try makeSparse(path, mebibytes: 64)
        try run(["sgdisk", "--clear", "--new=1:2048:0", "--typecode=1:EF00", path])
        let partition = "\(path)@@1M"
        try run([
            "mformat", "-i", partition, "-F", "-v", "EFI", "-T", "\((64 << 11) - 2048 - 2048)", "-h", "64", "-s", "32",
            "::",
        ])
        try run(["mmd", "-i", partition, "::/EFI", "::/EFI/BOOT"])
        try run(["mcopy", "-i", partition, loader, "::/EFI/BOOT/BOOTX64.EFI"])
    }

    /// Makes a qcow2 disk that a PC BIOS starts: a boot loader before a Linux system that has none.
    ///
    /// - Parameters:
    ///   - system: The system's disk, qcow2: one ext4 file system without partitions, with Debian's `/boot`.
    ///   - path: Where; what is there is replaced.
    ///   - work: A folder for the half-made.
    /// - Throws: ``ProgramFailed``, or what reading and writing files throws.
    package static func makeLinux(from system: String, at path: String, work: String) throws {
        let (core, disk) = ("\(work)/core-linux.img", "\(work)/linux.raw")
        defer { for file in [core, disk] { unlink(file) } }
        let configuration = """
            for file in (hd0,msdos1)/boot/vmlinuz-*; do
                linux $file root=/dev/vda1 rootfstype=ext4 rw console=ttyS0,115200 quiet TERM=dumb
            done
            for file in (hd0,msdos1)/boot/initrd.img-*; do initrd $file; done
            boot

            """
        let modules = "biosdisk part_msdos ext2 linux regexp normal test"
        try standalone("i386-pc", configuration, at: core, modules: modules, work: work)
        let size = try virtualSize(of: system)
        let sectors = UInt32(size >> 9)
        // One partition from 1 MiB on, active, of the kind for Linux; the loader lies in the gap before it.
        var head = try Data(contentsOf: URL(fileURLWithPath: "/usr/lib/grub/i386-pc/boot.img")).prefix(440)
        head += Data([0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0x83, 0, 0, 0])
        for number in [2048, sectors] { head += (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
        head += Data(count: 48) + [0x55, 0xAA]
        head += try Data(contentsOf: URL(fileURLWithPath: core))
        guard head.count <= 1 << 20 else { throw ProgramFailed(command: ["grub"], status: 0, output: "too large") }
        try head.write(to: URL(fileURLWithPath: disk))
        try run(["truncate", "-s", "\(size + (1 << 20))", disk])
        let partition = "driver=raw,offset=\(1 << 20),size=\(size),file.driver=file,file.filename=\(disk)"
        try run([
            "qemu-img", "convert", "-n", "--target-is-zero", "--target-image-opts", "-f", "qcow2", system, partition,
        ])
        try run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", disk, path])
    }

    /// Makes a raw disk of zeros but for patterns near its beginning, in its middle and at its end.
    ///
    /// - Parameters:
    ///   - path: Where; what is there is replaced.
    ///   - mebibytes: Its size, 2 or more.
    /// - Throws: ``ProgramFailed``.
    package static func makePattern(at path: String, mebibytes: Int) throws {
        try makeSparse(path, mebibytes: mebibytes)
        var command = ["qemu-io", "-f", "raw"]
        for (byte, offset, length) in pattern(mebibytes: mebibytes) {
            command += ["-c", "write -P \(byte) \(offset) \(length)"]
        }
        try run(command + [path])
    }

    /// Whether a disk has the content of ``makePattern(at:mebibytes:)``.
    package static func hasPattern(_ path: String, format: String, mebibytes: Int) throws -> Bool {
        try pattern(mebibytes: mebibytes).allSatisfy { byte, offset, length in
            // The tool says so when the content differs, and succeeds.
            let said = try run(["qemu-io", "-r", "-f", format, "-c", "read -P \(byte) \(offset) \(length)", path])
            return !said.contains("Pattern verification failed")
        }
    }

    /// Makes a file of zeros that takes up no space.
    package static func makeSparse(_ path: String, mebibytes: Int) throws {
        unlink(path)
        try run(["truncate", "-s", "\(mebibytes)M", path])
    }

    /// Runs a program to its end and returns what it wrote to either stream.
    ///
    /// - Throws: ``ProgramFailed`` when it does not succeed.
    @discardableResult
    package static func run(_ command: [String], in folder: String? = nil) throws -> String {
        // A file, not a pipe: whoever is started meanwhile by others could hold a pipe open.
        let path = FileManager.default.temporaryDirectory.path + "/sandglass-output-\(UUID().uuidString)"
        defer { unlink(path) }
        let status = try Program(command, in: folder, output: path).waitForEnd()
        let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        guard status == 0 else { throw ProgramFailed(command: command, status: status, output: text) }
        return text
    }

    /// A program that did not succeed.
    package struct ProgramFailed: Error, CustomStringConvertible {
        /// The program and its arguments.
        package let command: [String]
        /// Its status as the system gives it: 256 times its exit status, or the signal that ended it.
        package let status: Int32
        /// What it wrote.
        package let output: String

        package var description: String { "\(command.joined(separator: " ")) failed (\(status)): \(output)" }
    }

    /// A program that was started and runs by itself.
    ///
    /// Either ``waitForEnd()`` or ``stop()`` must be called once.
    package struct Program: Sendable {
        private let id: pid_t

        /// Starts a program without input.
        ///
        /// - Parameters:
        ///   - command: The program, looked for in the usual places, and its arguments.
        ///   - folder: Its working folder.
        ///   - output: The file that gets what it writes to either stream.
        /// - Throws: ``ProgramFailed`` when it cannot be started.
        package init(_ command: [String], in folder: String? = nil, output: String) throws {
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
            let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"]
            var arguments = (["env", "--chdir", folder ?? "/"] + command).map { strdup($0) } + [nil]
            var variables = environment.map { strdup($0) } + [nil]
            defer { for text in arguments + variables { free(text) } }
            var id: pid_t = 0
            let code = posix_spawn(&id, "/usr/bin/env", &actions, nil, &arguments, &variables)
            guard code == 0 else { throw ProgramFailed(command: command, status: code, output: "") }
            self.id = id
        }

        /// Whether it has not ended yet.
        package var isRunning: Bool {
            var information = siginfo_t()
            return waitid(P_PID, id_t(id), &information, WEXITED | WNOHANG | WNOWAIT) == 0
                && information._sifields._sigchld.si_pid == 0
        }

        /// Waits until it ends and returns its status as the system gives it.
        package func waitForEnd() -> Int32 {
            var status: Int32 = 0
            while waitpid(id, &status, 0) < 0, errno == EINTR {}
            return status
        }

        /// Ends it.
        package func stop() {
            kill(id, SIGKILL)
            _ = waitForEnd()
        }
    }

    private static func pattern(mebibytes: Int) -> [(byte: UInt8, offset: Int, length: Int)] {
        let size = mebibytes << 20
        return [(0xA5, 0, 4096), (0x5A, 1 << 20, 65536), (0xC3, size / 2 + 512, 1024), (0x3C, size - 65536, 65536)]
    }

    /// Bytes the guest of a qcow2 disk sees.
    private static func virtualSize(of disk: String) throws -> Int64 {
        struct Report: Decodable {
            let size: Int64
            enum CodingKeys: String, CodingKey { case size = "virtual-size" }
        }
        let report = try run(["qemu-img", "info", "--output=json", disk])
        return try JSONDecoder().decode(Report.self, from: Data(report.utf8)).size
    }

    private static let consoleModules = "serial terminal terminfo echo read true test normal minicmd"

    private static func configuration(_ console: Console) -> String {
        let serial = """
            serial --unit=0 --speed=115200
            terminal_input serial
            terminal_output serial

            """
        return switch console {
        case .shell: serial
        case .login:
            serial + """
                while true; do
                    echo -n "test-disk login: "
                    read name
                    echo ""
                    echo "Login incorrect"
                done

                """
        case .none: ""
        }
    }

    /// Makes GRUB with its configuration and what it needs in one file.
    private static func standalone(
        _ platform: String,
        _ configuration: String,
        at path: String,
        modules: String,
        work: String,
    ) throws {
        let file = "\(work)/grub-\(platform).cfg"
        try configuration.write(toFile: file, atomically: true, encoding: .utf8)
        try run([
            "grub-mkstandalone", "-O", platform, "--install-modules=\(modules)", "--modules=\(modules)", "--locales=",
            "--fonts=", "--themes=", "-o", path, "boot/grub/grub.cfg=\(file)",
        ])
    }
}
