// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncAlgorithms = Target.Dependency.product(name: "AsyncAlgorithms", package: "swift-async-algorithms")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbirdHTTP2 = Target.Dependency.product(name: "HummingbirdHTTP2", package: "hummingbird")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let swiftASN1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "sandglass",
    products: [
        .executable(name: "sandglass", targets: ["sandglass"]),
        .executable(name: "sandglassd", targets: ["sandglassd"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-async-algorithms", exact: "1.1.4"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", exact: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibvirt",
            pkgConfig: "libvirt-qemu",
            providers: [.apt(["libvirt-dev"])],
        ),
        .systemLibrary(
            name: "CVTerm",
            pkgConfig: "vterm",
            providers: [.apt(["libvterm-dev"])],
        ),
        .systemLibrary(
            name: "CZlib",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"])],
        ),
        library("SessionModel"),
        library("APIContract"),
        library("GuestProtocol"),
        library(
            "GuestLink",
            ["GuestProtocol", "SessionModel", logging, nioCore, nioEmbedded, nioHTTP1, nioPosix, nioSSL],
        ),
        library("Definitions", ["SessionModel", yams]),
        library("LabImport", ["SessionModel", yams]),
        .target(
            name: "SQLiteStore",
            dependencies: ["SessionModel", grdb],
            exclude: ["Migrations.sha256"],
            swiftSettings: strict,
        ),
        library("DiskImages", ["SessionModel", crypto, logging, subprocess, systemPackage]),
        library("LibvirtDriver", ["SessionModel", "CLibvirt", logging, nioCore, nioPosix]),
        library("SessionEngine", ["SessionModel", crypto, cryptoExtras, lifecycle, logging]),
        library("Terminal", ["CVTerm", "CZlib", "SessionModel", crypto, logging]),
        library(
            "HTTPAPI",
            [
                "APIContract", "SessionEngine", "SessionModel", "Terminal",
                asyncAlgorithms, crypto, httpTypes, hummingbird, hummingbirdHTTP2, lifecycle, logging, mustache,
                nioCore,
                nioHTTP1,
                nioHTTP2, nioHTTPTypes, nioHTTPTypesHTTP1, nioSSL, nioWebSocket, swiftASN1, x509,
            ],
        ),
        library("Webhooks", ["SessionModel", asyncHTTPClient, nioCore, nioHTTP1, nioSSL]),
        library("APIClient", ["APIContract", asyncHTTPClient, nioCore, nioHTTP1, nioPosix, nioSSL, nioWebSocket]),
        .executableTarget(
            name: "sandglassd",
            dependencies: [
                "Definitions", "DiskImages", "GuestLink", "HTTPAPI", "LabImport", "LibvirtDriver", "SQLiteStore",
                "SessionEngine", "SessionModel", "Terminal", "Webhooks", "APIContract", argumentParser, configuration,
                lifecycle, logging, unixSignals,
            ],
            swiftSettings: strict,
        ),
        .executableTarget(
            name: "sandglass",
            dependencies: ["APIClient", "APIContract", "Benchmarks", "SessionModel", "Terminal", argumentParser],
            swiftSettings: strict,
        ),
        library("Benchmarks", ["APIClient", "APIContract"]),
        .target(
            name: "TestKit",
            dependencies: ["SessionModel"],
            path: "Tests/TestKit",
            swiftSettings: strict,
        ),
        tests("BenchmarksTests", ["Benchmarks"]),
        tests("SessionModelTests", ["SessionModel", "TestKit"]),
        tests(
            "GuestLinkTests",
            ["GuestLink", "GuestProtocol", "SessionModel", "TestKit", logging, nioCore, nioPosix, nioSSL],
        ),
        tests("GuestProtocolTests", ["GuestProtocol", "TestKit"]),
        tests("SessionEngineTests", ["SessionModel", "SessionEngine", "TestKit", logging]),
        tests("DefinitionsTests", ["Definitions", "SessionModel", "TestKit"]),
        tests("LabImportTests", ["Definitions", "LabImport", "SessionModel", yams]),
        tests(
            "DiskImagesTests",
            ["DiskImages", "SessionModel", "TestKit", crypto, logging, subprocess, systemPackage],
        ),
        .testTarget(
            name: "LibvirtDriverTests",
            dependencies: ["CLibvirt", "LibvirtDriver", "SessionModel", "TestKit", logging, nioCore, nioPosix],
            exclude: ["Golden"],
            swiftSettings: strict,
        ),
        tests(
            "HostTests",
            [
                "GuestLink", "GuestProtocol",
                "APIClient", "APIContract", "Benchmarks", "LibvirtDriver", "SessionModel", "TestKit", "sandglass",
                "sandglassd", logging,
            ],
        ),
        .target(
            name: "StubService",
            dependencies: ["APIContract", nioCore, nioHTTP1, nioPosix, nioWebSocket],
            path: "Tests/StubService",
            swiftSettings: strict,
        ),
        tests("APIContractTests", ["APIContract"]),
        tests("APIClientTests", ["APIClient", "APIContract", "StubService", nioCore, nioPosix]),
        tests(
            "CLITests",
            [
                "APIClient", "APIContract", "SessionModel", "StubService", "Terminal", "TestKit", "sandglass",
                argumentParser, logging,
            ],
        ),
        tests("WebhooksTests", ["SessionModel", "Webhooks", nioCore, nioHTTP1, nioPosix]),
        tests("TerminalTests", ["SessionModel", "Terminal", "TestKit", logging]),
        tests(
            "HTTPAPITests",
            [
                "APIClient", "APIContract", "HTTPAPI", "SessionEngine", "SessionModel", "Terminal", "TestKit",
                "sandglass",
                hummingbird, logging, httpTypes, nioCore, nioEmbedded, nioHTTPTypes, nioPosix, nioSSL, nioWebSocket,
            ],
        ),
        tests(
            "SandglassdTests",
            [
                "APIContract", "HTTPAPI", "LibvirtDriver", "SessionEngine", "SessionModel", "Terminal", "TestKit",
                "sandglassd",
                logging,
            ],
        ),
        .testTarget(
            name: "SQLiteStoreTests",
            dependencies: ["SQLiteStore", "SessionModel", "TestKit", grdb],
            exclude: ["Fixtures"],
            swiftSettings: strict,
        ),
    ],
)
