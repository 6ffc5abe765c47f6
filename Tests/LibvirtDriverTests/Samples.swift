import Foundation
import SessionModel

@testable import LibvirtDriver

/// Values that tests are about, or that they merely need.
enum Samples {
    /// A machine with every limit set; `adjust` changes what it is made of.
    static func machine(
        _ id: MachineID = .random(),
        session: SessionID? = nil,
        role: Machine.Role? = nil,
        userID: UInt32? = 700_001,
        fork: Fork? = nil,
        adjust: (inout MachineSpecification) -> Void = { _ in },
    ) throws -> Machine {
        let policy = Policy(
            id: PolicyID(unchecked: "sample"),
            title: LocalizedText(["en": "Sample"]),
            time: Policy.TimeLimits(limit: .seconds(60)),
            resources: Policy.ResourceLimits(
                vcpus: 2,
                cpuPercent: 150,
                memory: .mebibytes(512),
                disk: .gibibytes(4),
                readRate: .mebibytes(50),
                writeRate: .mebibytes(20),
                readIOPS: 2_000,
                writeIOPS: 1_000,
            ),
            isolation: .any,
            concurrency: Policy.Concurrency(perPerson: 1, host: 1),
        )
        let shape = MachineShape(name: "main", image: ImageID(unchecked: "sample"))
        var specification = try MachineSpecification(shape: shape, policy: policy)
        adjust(&specification)
        return Machine(
            id: id,
            session: session,
            role: role,
            name: "main",
            specification: specification,
            userID: userID,
            fork: fork,
        )
    }

    /// Files as the service would lay them out; none of them exists.
    static func files(
        _ boot: MachineFiles.Boot,
        diskBus: Image.DiskBus = .virtio,
        seed: String? = nil,
        memory: MachineFiles.Memory = .anonymous,
    ) -> MachineFiles {
        MachineFiles(
            folder: "/srv/machines/one",
            disk: "/srv/machines/one/disk.qcow2",
            backingChain: ["/srv/images/frozen/disk.qcow2", "/srv/images/sample/disk.qcow2"],
            boot: boot,
            seed: seed,
            diskBus: diskBus,
            memory: memory,
            generation: generation,
        )
    }

    /// A kernel whose command line has every character that XML minds.
    static let kernel = MachineFiles.Boot.kernel(
        path: "/srv/images/sample/kernel",
        initrd: "/srv/images/sample/initrd",
        commandLine: #"root=/dev/vda ro console=ttyS0 quiet say="<a> & 'b'""#,
    )
    static let uefi = MachineFiles.Boot.uefi(
        code: "/usr/share/OVMF/OVMF_CODE_4M.fd",
        variables: "/srv/machines/one/vars.fd",
    )

    private static let generation = UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))

    /// A fork of a snapshot nobody has.
    static func fork() -> Fork {
        var generator = SystemRandomNumberGenerator()
        return Fork(SnapshotID(using: &generator))
    }

    static func describe(
        _ machine: Machine,
        _ files: MachineFiles,
        _ acceleration: Acceleration = .tcg,
        _ beginning: DomainDescription.Beginning = .boot,
    ) throws -> DomainDescription {
        try DomainDescription(
            machine: machine,
            mark: DomainMark(installation: "/var/lib/sandglass", session: machine.session),
            files: files,
            acceleration: acceleration,
            emulator: "/usr/bin/qemu-system-x86_64",
            groupID: 64_055,
            beginning: beginning,
        )
    }
}

extension MachineID {
    /// An identifier nobody else has.
    static func random() -> MachineID {
        var generator = SystemRandomNumberGenerator()
        return MachineID(using: &generator)
    }
}
