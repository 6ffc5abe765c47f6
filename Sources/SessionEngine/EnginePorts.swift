package import SessionModel

/// Everything outside that the engine needs, as ports.
package struct EnginePorts: Sendable {
    /// Keeps the record.
    package var store: any SessionStore
    /// Runs machines.
    package var hypervisor: any Hypervisor
    /// Keeps machines' disks.
    package var disks: any DiskStore
    /// Talks to guests.
    package var door: any GuestDoor
    /// Measures the host.
    package var gauge: any HostGauge
    /// Looks up labs and policies.
    package var definitions: any DefinitionCatalogue
    /// Answers for images.
    package var images: any ImageCatalogue

    /// Bundles ports.
    package init(
        store: any SessionStore,
        hypervisor: any Hypervisor,
        disks: any DiskStore,
        door: any GuestDoor,
        gauge: any HostGauge,
        definitions: any DefinitionCatalogue,
        images: any ImageCatalogue,
    ) {
        self.store = store
        self.hypervisor = hypervisor
        self.disks = disks
        self.door = door
        self.gauge = gauge
        self.definitions = definitions
        self.images = images
    }
}
