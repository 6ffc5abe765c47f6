// swift-tools-version: 6.2
import PackageDescription

// The agent that runs inside guests, apart from the main package: Embedded Swift and ordinary Swift do not mix in one
// graph. `deploy/guest-agent` builds it. GuestProtocol is the main package's folder, compiled a second time.

let embedded: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableExperimentalFeature("Embedded"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
    .unsafeFlags(["-wmo", "-Osize", "-parse-as-library"]),
]

let package = Package(
    name: "sandglass-guest",
    products: [.executable(name: "sandglass-guest", targets: ["sandglass-guest"])],
    targets: [
        .target(name: "CGuest", path: "Shim", cSettings: [.unsafeFlags(["-Os"])]),
        .target(name: "GuestProtocol", path: "GuestProtocol", swiftSettings: embedded),
        .executableTarget(
            name: "sandglass-guest",
            dependencies: ["CGuest", "GuestProtocol"],
            path: "Agent",
            swiftSettings: embedded,
            linkerSettings: [.unsafeFlags(["-static-executable", "-Xlinker", "--gc-sections"])],
        ),
    ],
)
