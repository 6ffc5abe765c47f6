import SessionModel

/// A machine as libvirt's built-in test driver is told of it: that driver runs nothing and knows neither disks nor labels.
struct TestDomainDescription: Sendable {
    let machine: Machine
    let mark: DomainMark

    /// The domain XML.
    var document: String {
        Markup("domain", ["type": "test"]) {
            Markup("name", text: DomainMark.domainName(of: machine.id))
            Markup("uuid", text: machine.id)
            Markup("metadata") { mark.markup }
            Markup("memory", ["unit": "b"], text: machine.specification.memory.bytes)
            Markup("vcpu", text: machine.specification.vcpus)
            Markup("os") { Markup("type", text: "hvm") }
        }.document
    }
}
