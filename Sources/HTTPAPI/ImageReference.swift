import APIContract
import SessionModel

extension RouteReference {
    static let ofImages: [RouteReference] = [
        RouteReference("GET images", .images, "Lists images.", answers: [.json(ImageList.self, "All of them.")]),
        RouteReference(
            "GET images/{id}",
            .images,
            "Shows an image.",
            answers: [.json(ImageResource.self, "The image.")],
        ),
        RouteReference(
            "DELETE images/{id}",
            .images,
            "Removes an image.",
            answers: [.done],
            fails: [.inUse],
        ),
        RouteReference(
            "POST images/{id}/build",
            .images,
            "Builds the recipe of that name.",
            takes: .json(BuildImageRequest.self),
            answers: [.lines(ImageProgressResource.self)],
        ),
        RouteReference(
            "POST images/{id}/verify",
            .images,
            "Compares an image's files with their digests.",
            answers: [.lines(ImageProgressResource.self)],
        ),
        RouteReference(
            "POST images/{id}/import",
            .images,
            "Imports a disk file of the host.",
            takes: .json(ImportImageRequest.self),
            answers: [.lines(ImageProgressResource.self)],
        ),
        RouteReference(
            "POST images/gc",
            .images,
            "Removes what no image needs.",
            answers: [.json(ImageGarbageResponse.self, "What was removed.")],
        ),
    ]

    static let ofWarm: [RouteReference] = [
        RouteReference(
            "GET warm",
            .warm,
            "Tells how labs' machines are kept warm.",
            answers: [.json(WarmList.self, "By lab and machine.")],
            fails: [.forbidden, .hostUnfit],
        ),
        RouteReference(
            "GET warm/{id}",
            .warm,
            "Shows a snapshot.",
            answers: [.json(SnapshotResource.self, "The snapshot.")],
            fails: [.forbidden, .hostUnfit],
        ),
        RouteReference(
            "DELETE warm/{id}",
            .warm,
            "Removes a snapshot and its spares.",
            answers: [.done],
            fails: [.inUse, .hostUnfit],
        ),
        RouteReference(
            "POST warm/build",
            .warm,
            "Builds the snapshots of a lab's machines.",
            takes: .json(BuildWarmRequest.self),
            answers: [.lines(WarmProgressResource.self)],
            fails: [.notFound, .hostUnfit],
        ),
        RouteReference(
            "POST warm/gc",
            .warm,
            "Removes snapshots that no lab wants any more.",
            answers: [.json(WarmGarbageResponse.self, "What was removed.")],
            fails: [.wrongState, .hostUnfit],
        ),
    ]
}
