// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is compiled under the same strict rules.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// A module of the engine; modules are listed in the order of the data's story.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
    name: "TokenSwarm",
    products: [
        .library(name: "TokenSwarm", targets: ["TokenSwarm"]),
        .executable(name: "tokenswarm", targets: ["tokenswarm"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // System libraries and the C kernels.
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CUtf8proc", providers: [.apt(["libutf8proc-dev"])]),
        .systemLibrary(name: "CPCRE2", providers: [.apt(["libpcre2-dev"])]),
        .target(name: "CKernels"),

        // Numbers → files → text → models.
        module("SwarmKernels", ["CKernels", "COpenBLAS"]),
        module("SwarmFormats", ["SwarmKernels"]),
        module("SwarmTokenizers", ["SwarmKernels", "SwarmFormats", "CUtf8proc", "CPCRE2"]),
        module("SwarmTemplates", ["SwarmKernels", "SwarmFormats"]),
        module("SwarmModels", ["SwarmKernels", "SwarmFormats", "SwarmTokenizers"]),

        // Alignment → composition → search → evidence.
        module("SwarmVocabulary", ["SwarmFormats", "SwarmTokenizers", "CUtf8proc"]),
        module("SwarmOptimizers", []),
        module(
            "SwarmComposition",
            [
                "SwarmKernels", "SwarmFormats", "SwarmTokenizers", "SwarmTemplates", "SwarmModels", "SwarmVocabulary",
            ]),
        module(
            "SwarmEvaluation",
            [
                "SwarmKernels", "SwarmFormats", "SwarmTokenizers", "SwarmModels", "SwarmVocabulary", "SwarmOptimizers",
                "SwarmTemplates", "SwarmComposition", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Yams", package: "Yams"),
            ]),

        // The two ways in: a library and a command.
        .target(
            name: "TokenSwarm", dependencies: ["SwarmKernels", "SwarmModels", "SwarmComposition", "SwarmEvaluation"],
            path: "Sources/Library", swiftSettings: strict),
        .executableTarget(
            name: "tokenswarm",
            dependencies: [
                "SwarmKernels", "SwarmFormats", "SwarmTokenizers", "SwarmModels", "SwarmVocabulary", "SwarmOptimizers",
                "SwarmTemplates", "SwarmComposition", "SwarmEvaluation",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        // Figures of the optimisers alone (bench/README.md).
        .executableTarget(
            name: "optimizer-bench", dependencies: ["SwarmOptimizers"], path: "bench/optimizers",
            swiftSettings: strict),

        // Tests, one target a module, and what several of them need.
        .target(
            name: "SwarmTestSupport", dependencies: ["SwarmKernels", "SwarmFormats", "SwarmTokenizers", "SwarmModels"],
            path: "Tests/SwarmTestSupport", swiftSettings: strict),
        // The kernels of processors that are not at hand, with the instructions they need emulated.
        .target(
            name: "CEmulatedKernels", dependencies: ["CKernels"], path: "Tests/EmulatedKernels",
            cSettings: [.headerSearchPath("../../Sources/CKernels")]),
        tests("SwarmKernelsTests", ["SwarmKernels", "CEmulatedKernels"]),
        tests("SwarmFormatsTests", ["SwarmFormats", "SwarmKernels", "SwarmTestSupport"]),
        tests(
            "SwarmTokenizersTests", ["SwarmTokenizers", "SwarmKernels", "SwarmFormats", "SwarmTestSupport"]),
        tests("SwarmTemplatesTests", ["SwarmTemplates", "SwarmFormats"]),
        tests(
            "SwarmModelsTests",
            ["SwarmModels", "SwarmKernels", "SwarmFormats", "SwarmTokenizers", "SwarmTestSupport"]),
        tests(
            "SwarmVocabularyTests",
            ["SwarmVocabulary", "SwarmKernels", "SwarmFormats", "SwarmTokenizers", "SwarmTestSupport"]),
        tests("SwarmOptimizersTests", ["SwarmOptimizers"]),
        tests(
            "SwarmCompositionTests",
            [
                "SwarmComposition", "SwarmTestSupport", "SwarmKernels", "SwarmFormats", "SwarmTokenizers",
                "SwarmTemplates", "SwarmModels", "SwarmVocabulary",
            ]),
        tests(
            "SwarmEvaluationTests",
            [
                "SwarmEvaluation", "SwarmKernels", "SwarmFormats", "SwarmTokenizers", "SwarmModels", "SwarmVocabulary",
                "SwarmOptimizers", "SwarmComposition",
            ]),
        .testTarget(name: "CommandLineTests", dependencies: ["tokenswarm"], swiftSettings: strict),
        tests("LibraryTests", ["TokenSwarm"]),
    ]
)

// The fuzz targets (`make fuzz`) exist only where they are asked for: plain builds never see them.
if Context.environment["TOKENSWARM_FUZZ"] == "1" {
    package.targets.append(
        .executableTarget(
            name: "fuzz", dependencies: ["SwarmFormats", "SwarmTokenizers", "SwarmTemplates"], path: "Tests/Fuzz",
            exclude: ["corpus", "dictionaries"], swiftSettings: strict))
}
