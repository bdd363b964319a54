// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// The settings of all C modules: release builds check the sizes of buffers.
let checkedBuffers: [CSetting] = [.define("_FORTIFY_SOURCE", to: "2", .when(configuration: .release))]

/// Returns a target with the settings that all modules share.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], extra: [SwiftSetting] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings + extra)
}

/// Returns the test target of one module.
func tests(_ module: String, _ dependencies: [Target.Dependency] = [], fixtures: [String] = []) -> Target {
    .testTarget(
        name: module + "Tests",
        dependencies: [.target(name: module), "TestSupport"] + dependencies,
        exclude: fixtures,
        swiftSettings: settings
    )
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let certificates = Target.Dependency.product(name: "X509", package: "swift-certificates")
let collections = ["DequeModule", "HeapModule"].map {
    Target.Dependency.product(name: $0, package: "swift-collections")
}
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "cambist",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // The domain and the screen: pure code.
        .target(name: "CPCRE", cSettings: checkedBuffers, linkerSettings: [.linkedLibrary("pcre2-8")]),
        module("Federation", ["CPCRE"]),
        module("TrustPolicy", ["Federation"]),
        module("Diagnosis", ["Federation", "TrustPolicy"]),
        module("Propagation", ["Diagnosis", "Federation", "TrustPolicy"]),
        module("Drawing"),
        module(
            "Console",
            ["Diagnosis", "Drawing", "Federation", "Propagation", "TrustPolicy"] + collections
        ),
        // The edges: terminal, network, and files.
        .target(
            name: "CCurses",
            cSettings: checkedBuffers,
            linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]
        ),
        .target(name: "CExpat", cSettings: checkedBuffers, linkerSettings: [.linkedLibrary("expat")]),
        .target(name: "CKeyutils", cSettings: checkedBuffers, linkerSettings: [.linkedLibrary("keyutils")]),
        .target(name: "CPostgres", cSettings: checkedBuffers),
        .target(name: "CPrograms", cSettings: checkedBuffers),
        .target(name: "CSQLite", cSettings: checkedBuffers, linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(name: "CYAML", cSettings: checkedBuffers, linkerSettings: [.linkedLibrary("yaml")]),
        module("CursesTerminal", ["CCurses", "Drawing"], extra: [.strictMemorySafety()]),
        module(
            "Transport",
            ["Diagnosis", "Federation", asyncHTTPClient, logging, nioCore, nioHTTP, nioPosix, nioSSL]
        ),
        module("AWS", ["CExpat", "Diagnosis", "Federation", "Transport", crypto]),
        module(
            "Azure",
            [
                "CPrograms", "Diagnosis", "Federation", "Transport", crypto, cryptoExtras, jwtKit, nioSSL,
                subprocess, systemPackage,
            ]
        ),
        module("YAMLReader", ["CYAML", "Federation"]),
        module("ConfigurationFile", ["Federation", "YAMLReader"]),
        module("Discovery", ["Federation", "TrustPolicy"]),
        module("Store", ["CSQLite", "Federation", "Propagation"]),
        module("Fleet", ["CPostgres", "Federation", "Propagation", "Store"]),
        module(
            "CredentialDelivery",
            [
                "CKeyutils", "ExchangeEngine", "Federation", "Transport", crypto, httpTypes,
                hummingbirdCore, logging, nioCore, nioHTTP, nioHTTPTypes, nioHTTPTypesHTTP1, nioPosix,
                serviceLifecycle, unixSignals,
            ]
        ),
        module(
            "ExchangeEngine",
            ["AWS", "Azure", "Diagnosis", "Federation", "Propagation", "Transport", "TrustPolicy", logging]
                + collections
        ),
        module("Provisioning", ["AWS", "Azure", "Diagnosis", "Federation", "Transport", "TrustPolicy"]),
        module("LabInterface", [argumentParser]),
        module(
            "Simulator",
            [
                "AWS", "Federation", "LabInterface", "Transport", "TrustPolicy", "YAMLReader", certificates,
                crypto,
                cryptoExtras,
                httpTypes,
                hummingbirdCore,
                hummingbirdTLS, jwtKit,
                logging, nioCore, nioPosix, nioSSL, serviceLifecycle,
            ]
        ),
        module(
            "Operations",
            [
                "AWS", "Azure", "ConfigurationFile", "CredentialDelivery", "Diagnosis", "Discovery",
                "ExchangeEngine",
                "Federation", "Fleet", "Propagation", "Provisioning", "Store", "Transport", "TrustPolicy",
                logging, unixSignals,
            ]
        ),
        module(
            "ConsoleRuntime",
            [
                "AWS", "Azure", "ConfigurationFile", "Console", "CredentialDelivery", "CursesTerminal",
                "Diagnosis", "Discovery",
                "Drawing", "ExchangeEngine", "Federation", "LabInterface", "Operations", "Propagation",
                "Provisioning",
                "Store", "Transport", subprocess, systemPackage,
            ] + collections
        ),
        .executableTarget(
            name: "cambist",
            dependencies: [
                "AWS", "Azure", "Console", "ConsoleRuntime", "CursesTerminal", "CredentialDelivery",
                "Diagnosis", "Discovery", "Drawing", "ExchangeEngine", "Federation", "Fleet", "Operations",
                "Propagation", "TrustPolicy",
                "Store", "LabInterface", "ConfigurationFile", "Provisioning",
                "Transport", "YAMLReader", argumentParser, logging, unixSignals,
            ],
            // The schema of the JSON output, which `cambist schema` prints.
            resources: [.embedInCode("answers.schema.json")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "cambist-lab",
            dependencies: ["Federation", "LabInterface", "Simulator", "Transport", argumentParser],
            swiftSettings: settings
        ),
        // The tests.
        .target(
            name: "TestSupport",
            dependencies: [
                "Drawing", "Federation", "Transport", "TrustPolicy", logging, nioCore, nioHTTP, nioPosix,
            ],
            path: "Tests/TestSupport",
            swiftSettings: settings
        ),
        tests("Federation"),
        tests("TrustPolicy", ["Federation"]),
        tests("Diagnosis", ["Federation", "TrustPolicy"]),
        tests("Propagation", ["Diagnosis", "Federation", "TrustPolicy"], fixtures: ["lifelines.json"]),
        tests("Drawing"),
        tests(
            "Console",
            ["Diagnosis", "Drawing", "Federation", "Propagation", "TrustPolicy"],
            fixtures: ["Frames"]
        ),
        tests("CursesTerminal", ["Drawing"]),
        tests("Transport", ["Diagnosis", "Federation", certificates, crypto, logging, nioCore, nioSSL]),
        tests("AWS", ["Diagnosis", "Federation", "Transport", logging], fixtures: ["Fixtures"]),
        tests(
            "Azure",
            [
                "Diagnosis", "Federation", "Transport", certificates, crypto, cryptoExtras, logging, jwtKit,
                nioCore, nioSSL,
            ]
        ),
        tests(
            "CredentialDelivery",
            ["Azure", "ExchangeEngine", "Federation", "Simulator", "Transport", logging]
        ),
        tests("Discovery", ["Federation"]),
        tests("YAMLReader", ["Federation"]),
        tests("ConfigurationFile", ["Federation", "YAMLReader"]),
        tests("Store", ["CSQLite", "Federation", "Propagation", grdb], fixtures: ["Fixtures"]),
        .target(
            name: "PostgresServer",
            dependencies: ["Federation", "Fleet", subprocess, systemPackage],
            path: "Tests/PostgresServer",
            swiftSettings: settings
        ),
        tests("Fleet", ["Federation", "PostgresServer", "Propagation", "Store", "Transport"]),
        tests(
            "ExchangeEngine",
            [
                "AWS", "Azure", "Diagnosis", "Federation", "Propagation", "TrustPolicy", "Simulator",
                "Transport", logging,
            ]
        ),
        tests(
            "Provisioning",
            [
                "AWS", "Azure", "Diagnosis", "Federation", "Simulator", "ConfigurationFile", "Transport",
                "TrustPolicy", logging,
            ],
            fixtures: ["Exports"]
        ),
        tests("LabInterface", [argumentParser]),
        tests(
            "Simulator",
            [
                "AWS", "Diagnosis", "Federation", "LabInterface", "TrustPolicy", "Transport", crypto, logging,
                jwtKit,
            ]
        ),
        tests(
            "Operations",
            [
                "AWS", "Azure", "ConfigurationFile", "CredentialDelivery", "Diagnosis", "Discovery",
                "ExchangeEngine",
                "Federation", "LabInterface",
                "Propagation",
                "Simulator", "Store", "Transport", "TrustPolicy", grdb, logging,
            ]
        ),
        tests(
            "ConsoleRuntime",
            [
                "Console", "ConfigurationFile", "CursesTerminal", "Drawing", "Federation", "Operations",
                "Propagation", "Transport",
            ]
        ),
        tests(
            "cambist",
            [
                "AWS", "Azure", "Console", "Diagnosis", "Drawing", "ExchangeEngine", "Federation",
                "LabInterface", "Operations", "ConsoleRuntime", "Propagation", "Store", "TrustPolicy",
                "Simulator",
                "ConfigurationFile", "Transport", argumentParser,
            ]
        ),
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "AWS", "Azure", "ConfigurationFile", "CredentialDelivery", "CursesTerminal", "Federation",
                "Simulator",
                "Store", "TestSupport", "Transport", "TrustPolicy",
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Benchmarks",
            dependencies: ["Federation", "Fleet", "PostgresServer", "Store", "Transport", "TrustPolicy"],
            path: "Tests/Benchmarks",
            swiftSettings: settings
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "cambist", "cambist-lab", "Console", "CredentialDelivery", "Diagnosis", "Federation",
                "LabInterface", "TestSupport", "TrustPolicy", grdb, subprocess, systemPackage,
            ],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
