import DiskImages
import Foundation
import LibvirtDriver
import SessionModel

extension MachineFiles {
    /// UEFI's shared code, from Debian's `ovmf`.
    private static let uefiCode = "/usr/share/OVMF/OVMF_CODE_4M.fd"

    /// Where the disk layout has what the hypervisor needs for a machine.
    static func of(_ machine: Machine, layout: DiskLayout, images: ImageStore) async throws -> MachineFiles {
        let image = try await images.image(machine.specification.image)
        let files = try layout.files(of: machine, on: image)
        let boot: Boot
        switch image.boot {
        case .kernel(let commandLine, _):
            guard let kernel = files.kernel else { throw Failure(.storage, "image \"\(image.id)\" lacks its kernel") }
            boot = .kernel(path: kernel, initrd: files.initrd, commandLine: commandLine)
        case .bios:
            boot = .bios
        case .uefi:
            guard let variables = files.vars else {
                throw Failure(.storage, "image \"\(image.id)\" lacks its UEFI variables")
            }
            boot = .uefi(code: uefiCode, variables: variables)
        }
        return MachineFiles(
            folder: files.folder,
            disk: files.overlay,
            backingChain: files.backing,
            examined: files.examined,
            boot: boot,
            seed: files.seed,
            diskBus: image.diskBus,
            memory: Memory(files.memory),
            generation: try layout.generation(of: machine.id) ?? UUID(),
        )
    }
}

extension MachineFiles.Memory {
    fileprivate init(_ memory: MachinePaths.Memory) {
        switch memory {
        case .anonymous: self = .anonymous
        case .template(let memory, let state): self = .template(memory: memory, state: state)
        case .fork(let memory, let state): self = .fork(memory: memory, state: state)
        }
    }
}
