/// Looks after the images of the catalogue.
///
/// All methods throw ``Failure``.
package protocol ImageAdministration: Sendable {
    /// All images, and what is wrong with folders that could not be read.
    func images() async throws -> (images: [Image], problems: [String])
    /// One image. - Throws: ``Failure`` with `notFound`.
    func image(_ id: ImageID) async throws -> Image
    /// Builds the recipe of that name; does nothing when that was done with the same recipe.
    func build(_ id: ImageID, replacing: Bool, progress: @escaping ImageProgressHandler) async throws -> Image
    /// Takes a disk file of the host into the catalogue.
    func importDisk(_ order: ImageImportOrder, progress: @escaping ImageProgressHandler) async throws -> Image
    /// Compares an image with its recorded digests; one that differs is out of service from then on.
    func verify(_ id: ImageID, progress: @escaping ImageProgressHandler) async throws -> Image
    /// Removes an image. - Throws: ``Failure`` with `inUse` while anything stands on it.
    func remove(_ id: ImageID) async throws
    /// Removes what interrupted builds and imports left. Returns what was removed, one line each.
    func collectGarbage() async throws -> [String]
}

/// Hears how far work on an image has come.
package typealias ImageProgressHandler = @Sendable (_ progress: ImageProgress) async -> Void

/// How far work on an image has come.
package struct ImageProgress: Sendable, Equatable {
    /// What is being done, in words.
    package var step: String
    /// How far the step has come, 0 to 1, when that is known.
    package var fraction: Double?

    /// Makes a report.
    package init(step: String, fraction: Double? = nil) {
        self.step = step
        self.fraction = fraction
    }
}

/// What is to be imported, and how.
package struct ImageImportOrder: Sendable, Equatable {
    /// The name it gets.
    package var id: ImageID
    /// What people read.
    package var title: String
    /// Absolute path on the host of the file.
    package var path: String
    /// SHA-256 the file must have, in lower-case hexadecimal.
    package var sha256: String?
    /// The file's format; told from its first bytes when `nil`, except `raw`, which must be said.
    package var format: Format?
    /// How it is booted; told from its partitions when `nil`.
    package var firmware: Firmware?
    /// How its disk is attached.
    package var diskBus: Image.DiskBus
    /// Which network card its system knows.
    package var nicModel: Image.NICModel
    /// Whether a NoCloud seed is made for it.
    package var cloudSeed: Bool

    /// Makes an order.
    package init(
        id: ImageID,
        title: String,
        path: String,
        sha256: String? = nil,
        format: Format? = nil,
        firmware: Firmware? = nil,
        diskBus: Image.DiskBus = .virtio,
        nicModel: Image.NICModel = .virtio,
        cloudSeed: Bool = false,
    ) {
        self.id = id
        self.title = title
        self.path = path
        self.sha256 = sha256
        self.format = format
        self.firmware = firmware
        self.diskBus = diskBus
        self.nicModel = nicModel
        self.cloudSeed = cloudSeed
    }

    /// A disk file's format.
    package enum Format: String, Sendable, CaseIterable {
        case qcow2, raw, vmdk, vhdx, vhd, vdi, ova
    }

    /// How a disk with a boot loader is booted.
    package enum Firmware: String, Sendable, CaseIterable {
        case bios, uefi
    }
}

/// Looks through definition files.
package protocol DefinitionAdministration: Sendable {
    /// What is wrong with the files of the catalogue, one line each.
    func problems() async throws -> [String]
    /// What is wrong with a definition that is handed over as text, one line each.
    func check(_ kind: DefinitionKind, file: String, text: String) async -> [String]
}

/// The kinds of definition files.
package enum DefinitionKind: String, Sendable, CaseIterable {
    case policy, lab, image
}
