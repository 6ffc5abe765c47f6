import APIContract
import HTTPTypes
import Hummingbird
import SessionModel

extension API {
    func addImageRoutes(to group: RouterGroup<APIRequestContext>) {
        let images = images
        group.get { _, _ in
            let (all, problems) = try await images.images()
            return ImageList(images: all.map(ImageResource.init), problems: problems)
        }
        group.get(":id") { _, context in ImageResource(try await images.image(context.imageID())) }
        group.delete(":id") { _, context in
            try context.require(.operateHost)
            try await images.remove(context.imageID())
            return HTTPResponse.Status.noContent
        }
        group.post("gc") { _, context in
            try context.require(.operateHost)
            return ImageGarbageResponse(removed: try await images.collectGarbage())
        }
        group.post(":id/build") { request, context in
            try context.require(.operateHost)
            let id = try context.imageID()
            let body = try await context.body(of: request, as: BuildImageRequest.self)
            return context.imageWork { try await images.build(id, replacing: body.replace, progress: $0) }
        }
        group.post(":id/verify") { _, context in
            try context.require(.operateHost)
            let id = try context.imageID()
            return context.imageWork { try await images.verify(id, progress: $0) }
        }
        group.post(":id/import") { request, context in
            try context.require(.operateHost)
            let body = try await context.body(of: request, as: ImportImageRequest.self)
            let order = try ImageImportOrder(context.imageID(), body)
            return context.imageWork { try await images.importDisk(order, progress: $0) }
        }
    }
}

extension APIRequestContext {
    /// Answers with the progress of work on an image.
    ///
    /// Who stops listening stops the work: nobody would learn how it ended.
    fileprivate func imageWork(
        _ work: @escaping @Sendable (@escaping ImageProgressHandler) async throws -> Image
    ) -> Response {
        progress { report in
            let image = try await work { report(ImageProgressResource(step: $0.step, fraction: $0.fraction)) }
            return ImageProgressResource(image: ImageResource(image))
        }
    }

    /// The image named in the path.
    func imageID() throws -> ImageID {
        let text = try parameters.require("id")
        guard let id = ImageID(text) else {
            throw Failure(
                .invalidInput,
                "\"\(text.prefix(80))\" is not an image name: lower-case letters, digits and single dashes, at most 64",
            )
        }
        return id
    }
}

extension ImageImportOrder {
    /// What a body asks for.
    init(_ id: ImageID, _ body: ImportImageRequest) throws {
        func choice<T: RawRepresentable<String> & CaseIterable>(_ key: String, _ text: String?) throws -> T? {
            guard let text, text != "auto" else { return nil }
            guard let value = T(rawValue: text) else {
                let all = T.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure(.invalidInput, "\(key) must be one of \(all), not \"\(text.prefix(40))\"")
            }
            return value
        }
        guard body.path.hasPrefix("/"), !body.path.utf8.contains(0) else {
            throw Failure(.invalidInput, "path must be an absolute path on the host, not \"\(body.path.prefix(200))\"")
        }
        let sha256 = body.sha256?.lowercased()
        if let sha256, sha256.utf8.count != 64 || !sha256.allSatisfy(\.isHexDigit) {
            throw Failure(.invalidInput, "sha256 must be 64 hexadecimal digits")
        }
        self.init(
            id: id,
            title: body.title ?? body.path.split(separator: "/").last.map(String.init) ?? id.name,
            path: body.path,
            sha256: sha256,
            format: try choice("format", body.format),
            firmware: try choice("firmware", body.firmware),
            diskBus: try choice("diskBus", body.diskBus) ?? .virtio,
            nicModel: try choice("nicModel", body.nicModel) ?? .virtio,
            cloudSeed: body.cloudSeed ?? false,
        )
    }
}
