// What sessions are graded with.

extension MachineSpecification {
    /// What a grader of an image's disks is made of.
    package static func grader(of image: ImageID) -> MachineSpecification {
        MachineSpecification(image: image, vcpus: 1, cpuPercent: 100, memory: .mebibytes(512))
    }
}

extension Lab {
    /// The machines whose disks are looked at.
    package var examined: Set<String> {
        Set(tasks.compactMap { if case .disk(let script) = $0.check.way { script.machine } else { nil } })
            .union(collect.map(\.machine))
    }
}
