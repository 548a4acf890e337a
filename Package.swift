// swift-tools-version: 6.2

import PackageDescription

/// Whether this build is for a sanitizer or a fuzzer, which bring an allocator of their own: Scripts/sanitize.sh.
let sanitizing = Context.environment["TASKGATE_SANITIZING"] != nil

let package = Package(
    name: "taskgate",
    products: [
        .executable(name: "taskgate", targets: ["taskgate"])
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // Values: what is said about a task, and how JSON is read and written.
        .target(name: "TaskModel"),
        .target(name: "JSON"),
        .target(name: "TaskJSON", dependencies: ["JSON", "TaskModel"]),
        .target(name: "Addresses"),
        // What is counted, and how it is shown to Prometheus.
        .target(name: "Metrics"),
        // Lines of log and audit: their formats, what is hidden in them, and the thread that writes.
        .target(
            name: "LogOutput",
            dependencies: ["CProcess", "TaskModel", .product(name: "Logging", package: "swift-log")]
        ),
        // Files that people write: read strictly, every mistake named with its place.
        .target(name: "Documents", dependencies: ["JSON", "TaskModel"]),

        // The seam to the network, and its one fulfilment.
        .target(name: "Upstream", dependencies: ["TaskModel"]),
        .target(
            name: "CCurl",
            cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])],
            linkerSettings: [.linkedLibrary("curl"), .linkedLibrary("crypto")]
        ),
        .target(name: "CurlUpstream", dependencies: ["CCurl", "Upstream"]),

        // Who may ask the gateway: keys by their digests, permissions, rates.
        .target(
            name: "CDigest",
            cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])],
            linkerSettings: [.linkedLibrary("crypto")]
        ),
        .target(name: "Digests", dependencies: ["CDigest"]),
        .target(name: "Clients", dependencies: ["Digests", "TaskModel"]),

        // What the process asks of Linux about itself.
        .target(name: "CProcess", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),

        // Decisions: what a provider's file means, and what a call does.
        .target(
            name: "Providers",
            dependencies: ["Addresses", "Digests", "Documents", "JSON", "TaskModel", "Upstream"]
        ),
        .target(
            name: "GatewayCore",
            dependencies: [
                "Digests", "Metrics", "Providers", "TaskModel", "Upstream",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),

        // The seam to storage, and the store without a database.
        .target(name: "TaskStorage", dependencies: ["TaskModel"]),
        // The store in a file.
        .target(
            name: "SQLiteStorage",
            dependencies: ["CProcess", "TaskModel", "TaskStorage", .product(name: "GRDB", package: "GRDB.swift")]
        ),

        // Webhooks: signed, judged by where they lead, sent until they are taken.
        .target(
            name: "Webhooks",
            dependencies: [
                "Addresses", "Clients", "Digests", "GatewayCore", "JSON", "Metrics", "TaskJSON", "TaskModel",
                "TaskStorage", "Upstream",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),

        // Following: what applications would have to poll for.
        .target(
            name: "Following",
            dependencies: [
                "GatewayCore", "Metrics", "TaskJSON", "TaskModel", "TaskStorage", "Webhooks",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),

        // PostgreSQL through libpq, for several gateways on one database: docs/decisions/0021-postgres.md.
        .systemLibrary(name: "CPostgres", providers: [.apt(["libpq-dev"])]),
        .target(
            name: "PostgresStorage",
            dependencies: [
                "CPostgres", "CProcess", "TaskModel", "TaskStorage",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),

        // Certificates and keys as they lie in files, read and checked.
        .target(name: "Certificates", dependencies: ["TaskModel", .product(name: "NIOSSL", package: "swift-nio-ssl")]),

        // The edge: HTTP, configuration, the commands.
        .target(
            name: "GatewayHTTP",
            dependencies: [
                "Addresses", "Certificates", "Clients", "Following", "GatewayCore", "JSON", "LogOutput", "Metrics",
                "TaskJSON", "TaskModel", "TaskStorage",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ]
        ),
        .target(
            name: "GatewaySettings",
            dependencies: ["Addresses", "Clients", "Digests", "Documents", "JSON", "TaskModel"]
        ),
        .target(
            name: "ProviderSimulator",
            dependencies: [
                "JSON",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .executableTarget(
            name: "taskgate",
            dependencies: [
                "Addresses", "CProcess", "Certificates", "Clients", "CurlUpstream", "Digests", "Documents", "Following",
                "GatewayCore", "GatewayHTTP", "GatewaySettings", "JSON", "LogOutput", "Metrics", "PostgresStorage",
                "ProviderSimulator", "Providers", "SQLiteStorage", "TaskModel", "TaskStorage", "Upstream", "Webhooks",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            // The allocator of the whole process, libcurl included: docs/decisions/0008-allocator.md.
            linkerSettings: sanitizing ? [] : [.linkedLibrary("mimalloc")]
        ),

        // What the adapter costs by itself; no part of what is shipped.
        .target(
            name: "CCounting",
            path: "Benchmarks/Adapter/Counting",
            cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]
        ),
        .executableTarget(
            name: "AdapterBenchmark",
            dependencies: ["CCounting", "JSON", "Providers", "TaskModel", "Upstream"],
            path: "Benchmarks/Adapter/Program"
        ),

        // Tests, and what they share.
        .target(
            name: "GatewayTesting",
            dependencies: [
                "Following", "GatewayCore", "TaskModel", "TaskStorage", "Upstream",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/GatewayTesting"
        ),
        .target(
            name: "ProgramTesting",
            dependencies: [
                "CSpawn", "GatewayTesting", "ProviderSimulator", .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/ProgramTesting"
        ),
        .target(name: "CSpawn", path: "Tests/CSpawn", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
        // What every store has to do, whatever keeps its data.
        .target(name: "StorageTesting", dependencies: ["TaskModel", "TaskStorage"], path: "Tests/StorageTesting"),
        // A PostgreSQL server of the tests' own, and a pooler in front of it.
        .target(
            name: "PostgresTesting",
            dependencies: ["GatewayTesting", "ProgramTesting"],
            path: "Tests/PostgresTesting"
        ),
        // What the fuzzers and CorpusTests feed with bytes: docs/decisions/0016-fuzzing.md.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Addresses", "Documents", "GatewayCore", "GatewayHTTP", "GatewaySettings", "GatewayTesting", "JSON",
                "Metrics", "Providers", "TaskModel", "Upstream",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            path: "Fuzzing/Targets"
        ),
        .testTarget(name: "CorpusTests", dependencies: ["FuzzTargets", "GatewayTesting"]),
        .testTarget(
            name: "FollowingTests",
            dependencies: [
                "Following", "GatewayCore", "GatewayTesting", "Metrics", "TaskModel", "TaskStorage",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "WebhooksTests",
            dependencies: [
                "Clients", "CurlUpstream", "Digests", "GatewayCore", "GatewayTesting", "TaskModel", "TaskStorage",
                "Upstream", "Webhooks",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(name: "TaskModelTests", dependencies: ["TaskModel"]),
        .testTarget(name: "TaskStorageTests", dependencies: ["StorageTesting", "TaskModel", "TaskStorage"]),
        .testTarget(
            name: "SQLiteStorageTests",
            dependencies: [
                "SQLiteStorage", "StorageTesting", "TaskModel", "TaskStorage",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        .testTarget(
            name: "PostgresStorageTests",
            dependencies: [
                "PostgresStorage", "PostgresTesting", "ProgramTesting", "StorageTesting", "TaskModel", "TaskStorage",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(name: "JSONTests", dependencies: ["JSON"]),
        .testTarget(name: "AddressesTests", dependencies: ["Addresses"]),
        .testTarget(name: "MetricsTests", dependencies: ["Metrics"]),
        .testTarget(
            name: "LogOutputTests",
            dependencies: ["JSON", "LogOutput", "TaskModel", .product(name: "Logging", package: "swift-log")]
        ),
        .testTarget(name: "CertificatesTests", dependencies: ["Certificates", "GatewayTesting", "TaskModel"]),
        .testTarget(name: "ClientsTests", dependencies: ["Clients", "Digests", "TaskModel"]),
        .testTarget(name: "DocumentsTests", dependencies: ["Documents", "JSON", "TaskModel"]),
        .testTarget(
            name: "CurlUpstreamTests",
            dependencies: [
                "CCurl", "CurlUpstream", "GatewayTesting", "Upstream",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "ProvidersTests",
            dependencies: ["Documents", "JSON", "Providers", "TaskModel", "Upstream"],
            exclude: ["Cases"]
        ),
        .testTarget(
            name: "GatewayCoreTests",
            dependencies: [
                "GatewayCore", "GatewayTesting", "Providers", "TaskModel", "Upstream",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "GatewaySettingsTests",
            dependencies: [
                "Addresses", "Clients", "Digests", "Documents", "GatewaySettings", "GatewayTesting", "JSON",
                "TaskModel",
            ]
        ),
        .testTarget(
            name: "GatewayHTTPTests",
            dependencies: [
                "Addresses", "Certificates", "Clients", "Digests", "Following", "GatewayCore", "GatewayHTTP",
                "GatewayTesting", "JSON", "LogOutput", "Metrics", "TaskJSON", "TaskModel", "TaskStorage",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        .testTarget(
            name: "ProviderSimulatorTests",
            dependencies: [
                "GatewayTesting", "JSON", "ProviderSimulator",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Clients", "Digests", "GatewayTesting", "JSON", "PostgresTesting", "ProgramTesting",
                "ProviderSimulator", "TaskModel", "Webhooks", "taskgate",
            ]
        ),
        .testTarget(
            name: "ChaosTests",
            dependencies: [
                "GatewayTesting", "PostgresTesting", "ProgramTesting", "ProviderSimulator", "TaskModel", "Webhooks",
                "taskgate",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            exclude: ["Support/tls_fronts.py"]
        ),
    ],
    swiftLanguageModes: [.v6]
)

// What the Thread Sanitizer has to be told, wherever it looks, and what shows that it then sees: Scripts/sanitize.sh.
if sanitizing {
    for target in package.targets where ["GatewayTesting", "taskgate"].contains(target.name) {
        target.dependencies.append("CHandover")
    }
    package.targets += [
        .target(
            name: "CHandover",
            path: "Tests/Sanitizing/Handover",
            cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]
        ),
        .executableTarget(
            name: "SanitizerProof",
            dependencies: ["CHandover"],
            path: "Tests/Sanitizing/Proof"
        ),
    ]
}

// The fuzzer is built with libFuzzer only, which brings its own start: Scripts/fuzz.sh.
if Context.environment["TASKGATE_FUZZING"] != nil {
    package.targets.append(
        .executableTarget(name: "Fuzzer", dependencies: ["FuzzTargets"], path: "Fuzzing/Program")
    )
}

for target in package.targets
where !["CCounting", "CCurl", "CDigest", "CHandover", "CPostgres", "CProcess"].contains(target.name) {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            .treatAllWarnings(as: .error),
        ]
    // Tests and fuzzers run with the check of every access to a class; the program as it is shipped has been through it.
    if !sanitizing {
        target.swiftSettings?.append(.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)))
    }
}
