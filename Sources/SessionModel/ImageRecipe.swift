/// How an image is built from packages: what a recipe file (`image.yaml`) says, checked.
package struct ImageRecipe: Sendable, Equatable {
    /// The name of the image it makes.
    package var id: ImageID
    /// What people read.
    package var title: LocalizedText
    /// The Debian release it installs, by code name (`trixie`).
    package var suite: String
    /// Packages added to the smallest system.
    package var packages: [String]
    /// Folder beside the recipe that is copied into the root; `nil` when there is none.
    package var files: String?
    /// Scripts beside the recipe that are run on the host, in order, with the root's path as their only argument.
    package var setup: [String]
    /// Whether the guest agent is put into it.
    package var hasAgent: Bool
    /// Size of the disk.
    package var diskSize: ByteCount
    /// Path of the kernel inside the finished root, without a leading slash.
    package var kernel: String
    /// Path of the initial RAM disk inside the finished root, without a leading slash; `nil` when it boots without one.
    package var initrd: String?
    /// What the kernel is told.
    package var commandLine: String
    /// How a person reaches the machine.
    package var console: Image.Console
    /// Absolute path of the folder the recipe file is in.
    package var folder: String

    /// Makes a recipe from its parts.
    package init(
        id: ImageID,
        title: LocalizedText,
        suite: String,
        packages: [String],
        files: String? = nil,
        setup: [String] = [],
        hasAgent: Bool = true,
        diskSize: ByteCount,
        kernel: String,
        initrd: String? = nil,
        commandLine: String,
        console: Image.Console,
        folder: String,
    ) {
        self.id = id
        self.title = title
        self.suite = suite
        self.packages = packages
        self.files = files
        self.setup = setup
        self.hasAgent = hasAgent
        self.diskSize = diskSize
        self.kernel = kernel
        self.initrd = initrd
        self.commandLine = commandLine
        self.console = console
        self.folder = folder
    }
}
