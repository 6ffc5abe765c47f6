/// Policies and labs to measure with.
enum BenchDefinitions {
    /// The image that guests run.
    static let image = "debian-13"

    /// A policy that leaves everything but `resources` free.
    static func policy(
        _ id: String = "practice",
        resources: String,
        limit: String = "1h",
        concurrency: Int,
    ) -> String {
        """
        apiVersion: sandglass/v1
        kind: Policy
        id: \(id)
        title: {en: Measuring}
        time: {limit: \(limit), enter: \(limit), ready: 5m}
        resources: {\(resources)}
        network: none
        isolation: any
        concurrency: {perPerson: \(concurrency), host: \(concurrency)}

        """
    }

    /// A lab of one machine.
    ///
    /// - Parameters:
    ///   - id: Its name.
    ///   - policy: Its policy.
    ///   - machine: What the machine has beside the image.
    ///   - more: Further lines.
    /// - Returns: The text of its file.
    static func lab(_ id: String, policy: String = "practice", machine: String, _ more: String = "") -> String {
        """
        apiVersion: sandglass/v1
        kind: Lab
        id: \(id)
        title: {en: Measuring, fr: Mesures}
        policy: \(policy)
        machines: {box: {image: \(image), \(machine)}}
        \(more)

        """
    }
}
