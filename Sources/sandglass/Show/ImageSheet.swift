import APIContract

/// One image as people read it.
enum ImageSheet {
    static func print(_ image: ImageResource) throws {
        var sheet = FactSheet()
        sheet.add("image", image.id)
        sheet.add("title", image.title)
        sheet.add("state", image.health)
        sheet.add("size", "\(SessionWords.size(mebibytes: image.virtualSizeMiB)), \(image.fileSizeMiB) MiB on disk")
        sheet.add("boots by", image.firmware)
        sheet.add("disk", image.diskBus)
        sheet.add("network card", image.nicModel)
        sheet.add("console", console(image.console))
        sheet.add("made", TimeText.local(image.createdAt))
        sheet.add("from", image.origin)
        for (file, digest) in image.sha256.sorted(by: { $0.key < $1.key }) { sheet.add("sha256 of \(file)", digest) }
        try sheet.print()
    }

    private static func console(_ console: String) -> String {
        switch console {
        case "serialShell": "a shell on the serial console"
        case "serialLogin": "a login on the serial console"
        case "graphics": "graphics only"
        default: SessionWords.words(console)
        }
    }
}
