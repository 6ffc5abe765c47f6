import Foundation
import FoundationXML
import SessionModel

/// What an OVF description says about a machine's disks and firmware.
struct OVFDescription: Equatable {
    /// A disk's file.
    struct DiskFile: Equatable {
        /// Its name in the archive.
        var name: String
        /// Whether it is packed besides its format.
        var isCompressed: Bool
    }

    /// The files of the disks that have content, in the order of the description.
    private(set) var diskFiles: [DiskFile] = []
    /// The firmware it asks for; `nil` when it does not say.
    private(set) var firmware: ImageImportOrder.Firmware?

    /// Reads a description.
    ///
    /// - Throws: ``Failure`` with `invalidInput` when it is not XML or a disk names a file that is not listed.
    init(parsing data: Data) throws {
        let reader = Reader()
        let parser = XMLParser(data: data)
        parser.shouldResolveExternalEntities = false
        parser.delegate = reader
        guard parser.parse(), reader.isComplete else {
            throw Failure(.invalidInput, "the OVF description is not well-formed", cause: parser.parserError)
        }
        firmware = reader.firmware
        for reference in reader.diskReferences {
            guard let file = reader.files[reference] else {
                throw Failure(.invalidInput, "the OVF description has a disk with the unknown file \"\(reference)\"")
            }
            diskFiles.append(file)
        }
    }

    private final class Reader: NSObject, XMLParserDelegate {
        var files: [String: DiskFile] = [:]
        var diskReferences: [String] = []
        var firmware: ImageImportOrder.Firmware?
        private var open: [String] = []
        private var hasRoot = false

        /// Whether there was an envelope and everything that was opened was closed; the parser lets a cut end pass.
        var isComplete: Bool { hasRoot && open.isEmpty }

        func parser(
            _ parser: XMLParser,
            didEndElement element: String,
            namespaceURI: String?,
            qualifiedName: String?,
        ) {
            if open.last == element { open.removeLast() }
        }

        func parser(
            _ parser: XMLParser,
            didStartElement element: String,
            namespaceURI: String?,
            qualifiedName: String?,
            attributes: [String: String] = [:],
        ) {
            if open.isEmpty, Self.local(element) == "Envelope" { hasRoot = true }
            open.append(element)
            // Prefixes are the author's choice; the names behind them are not used for anything else in an OVF.
            let plain = Dictionary(attributes.map { (Self.local($0.key), $0.value) }) { first, _ in first }
            switch Self.local(element) {
            case "File":
                guard let id = plain["id"], let name = plain["href"] else { return }
                let compression = plain["compression"] ?? "identity"
                files[id] = DiskFile(name: name, isCompressed: compression != "identity" && !compression.isEmpty)
            case "Disk":
                if let reference = plain["fileRef"] { diskReferences.append(reference) }
            case "Config" where plain["key"] == "firmware":
                firmware = plain["value"] == "efi" ? .uefi : .bios
            default: return
            }
        }

        private static func local(_ name: String) -> String { String(name.split(separator: ":").last ?? "") }
    }
}
