import SessionModel

extension DomainDescription {
    /// Everything the machine has, and no device beyond: neither screen, sound, USB nor network.
    @MarkupBuilder var devices: [Markup] {
        Markup("emulator", text: emulator)
        disk
        if let seed = files.seed { self.seed(seed) }
        Markup("controller", ["type": "usb", "model": "none"])
        Markup("controller", ["type": "pci", "model": "pcie-root"])
        for _ in 0..<Self.rootPorts { Markup("controller", ["type": "pci", "model": "pcie-root-port"]) }
        Markup("serial", ["type": "unix"]) {
            Markup("source", ["mode": "bind", "path": MachineFiles.consoleSocket(in: files.folder)])
            Markup("target", ["type": "isa-serial", "port": "0"])
        }
        Markup("controller", ["type": "virtio-serial", "index": "0", "ports": "2"]) { place(.agent) }
        Markup("channel", ["type": "unix"]) {
            Markup("source", ["mode": "bind", "path": MachineFiles.agentSocket(in: files.folder)])
            Markup("target", ["type": "virtio", "name": Self.agentPort])
        }
        Markup("memballoon", ["model": "none"])
        Markup("rng", ["model": "virtio"]) {
            Markup("backend", ["model": "random"], text: "/dev/urandom")
            place(.entropy)
        }
        Markup("panic", ["model": "isa"])
    }

    private var disk: Markup {
        Markup("disk", ["type": "file", "device": "disk"]) {
            Markup("driver", ["name": "qemu", "type": "qcow2", "cache": "writeback", "discard": "unmap"])
            Self.source(files.disk)
            Self.backingStore(files.backingChain[...])
            switch files.diskBus {
            case .virtio:
                Markup("target", ["dev": "vda", "bus": "virtio"])
                place(.disk)
            case .sata:
                Markup("target", ["dev": "sda", "bus": "sata"])
            }
            ioLimits
            switch files.boot {
            case .kernel: []
            case .bios, .uefi: Markup("boot", ["order": "1"])
            }
        }
    }

    /// The copy of a disk that a grader looks at, which is plugged in while it runs; `nil` where there is none.
    ///
    /// It takes one of the free root ports.
    ///
    /// - Parameter chain: The disk and those below it.
    /// - Returns: The device.
    static func examinedDisk(_ chain: [String]) -> Markup? {
        guard let overlay = chain.first else { return nil }
        return Markup("disk", ["type": "file", "device": "disk"]) {
            Markup("driver", ["name": "qemu", "type": "qcow2", "cache": "writeback"])
            source(overlay)
            backingStore(chain.dropFirst())
            Markup("target", ["dev": examinedTarget, "bus": "virtio"])
            Markup("serial", text: GraderDisk.serial)
        }
    }

    /// What libvirt calls that disk.
    static let examinedTarget = "vdz"

    /// The settings disk, on the bus whose driver the image is known to have: small cloud kernels know no SATA.
    private func seed(_ path: String) -> Markup {
        switch files.diskBus {
        case .virtio: seed(path, device: "disk", target: ["dev": "vdb", "bus": "virtio"])
        case .sata: seed(path, device: "cdrom", target: ["dev": "sdb", "bus": "sata"])
        }
    }

    private func seed(_ path: String, device: String, target: KeyValuePairs<String, String>) -> Markup {
        Markup("disk", ["type": "file", "device": device]) {
            Markup("driver", ["name": "qemu", "type": "raw"])
            Self.source(path)
            Markup("backingStore")
            Markup("target", target)
            Markup("readonly")
            if files.diskBus == .virtio { place(.seed) }
        }
    }

    /// Slots of the root complex; libvirt puts the root ports and what the chipset has elsewhere.
    private enum Slot: String {
        case disk = "0x10"
        case seed = "0x11"
        case entropy = "0x12"
        case agent = "0x13"
    }

    /// Where a device sits from the start.
    ///
    /// Left to libvirt, each would get a root port of its own.
    private func place(_ slot: Slot) -> Markup {
        Markup(
            "address",
            ["type": "pci", "domain": "0x0000", "bus": "0x00", "slot": slot.rawValue, "function": "0x0"],
        )
    }

    /// A file whose owner and mode stay as they are.
    ///
    /// Said of every single file, because libvirt otherwise gives all of them, shared ones included, to the machine's
    /// user.
    private static func source(_ path: String) -> Markup {
        Markup("source", ["file": path]) { Markup("seclabel", ["model": "dac", "relabel": "no"]) }
    }

    /// The chain below a disk, written out to its end, so that libvirt does not go looking for it in the files.
    private static func backingStore(_ chain: ArraySlice<String>) -> Markup {
        guard let next = chain.first else { return Markup("backingStore") }
        return Markup("backingStore", ["type": "file"]) {
            Markup("format", ["type": "qcow2"])
            source(next)
            backingStore(chain.dropFirst())
        }
    }

    @MarkupBuilder private var ioLimits: [Markup] {
        let wanted = machine.specification
        let limits: [(name: String, value: Int64?)] = [
            ("read_bytes_sec", wanted.readRate?.bytes),
            ("write_bytes_sec", wanted.writeRate?.bytes),
            ("read_iops_sec", wanted.readIOPS.map(Int64.init)),
            ("write_iops_sec", wanted.writeIOPS.map(Int64.init)),
        ]
        if limits.contains(where: { $0.value != nil }) {
            Markup("iotune") {
                for limit in limits {
                    if let value = limit.value { Markup(limit.name, text: value) }
                }
            }
        }
    }
}
