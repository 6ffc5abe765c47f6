package import SessionModel

/// Everything outside that the engine needs, as ports.
package struct EnginePorts: Sendable {
    /// Keeps the record.
    package var store: any SessionStore
    /// Runs machines.
    package var hypervisor: any Hypervisor
    /// Keeps machines' disks.
    package var disks: any DiskStore
    /// Keeps snapshots.
    package var snapshots: any SnapshotStore
    /// Talks to guests.
    package var door: any GuestDoor
    /// Works inside guests.
    package var agents: any GuestAgents
    /// Measures the host.
    package var gauge: any HostGauge
    /// Looks up labs and policies.
    package var definitions: any DefinitionCatalogue
    /// Keeps labs that are not published.
    package var drafts: any LabDrafts
    /// Answers for images.
    package var images: any ImageCatalogue
    /// Keeps what is collected of sessions.
    package var collections: any CollectionStore
    /// Keeps recordings of sessions' terminals.
    package var recordings: any SessionRecordings
    /// Keeps what was removed, and when.
    package var audit: any AuditLog

    /// Bundles ports.
    package init(
        store: any SessionStore,
        hypervisor: any Hypervisor,
        disks: any DiskStore,
        snapshots: any SnapshotStore,
        door: any GuestDoor,
        agents: any GuestAgents,
        gauge: any HostGauge,
        definitions: any DefinitionCatalogue,
        drafts: any LabDrafts,
        images: any ImageCatalogue,
        collections: any CollectionStore,
        recordings: any SessionRecordings,
        audit: any AuditLog,
    ) {
        self.store = store
        self.hypervisor = hypervisor
        self.disks = disks
        self.snapshots = snapshots
        self.door = door
        self.agents = agents
        self.gauge = gauge
        self.definitions = definitions
        self.drafts = drafts
        self.images = images
        self.collections = collections
        self.recordings = recordings
        self.audit = audit
    }
}
