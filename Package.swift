// swift-tools-version: 6.2
import PackageDescription

// The staircase: a target may depend only on targets of a lower step (scripts/layers asserts it).
//
// Set SPARROW_WITHOUT_TORCH=1 to leave out everything that needs libtorch: the rest builds and
// tests in seconds, which is pleasant when working on tokenizers, the index, data or evaluation.
//
// The trait PostgreSQL adds the client of PostgreSQL, which needs libpq; the trait Curl a transport to
// engines whose certificates come from a private authority, which needs libcurl.

let withTorch = Context.environment["SPARROW_WITHOUT_TORCH"] == nil

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

let cxxSettings: [CXXSetting] = [
  .enableWarning("all"), .enableWarning("extra"), .enableWarning("shadow"),
  .treatAllWarnings(as: .error),
]

var products: [Product] = [
  .library(name: "SparrowCore", targets: ["SparrowCore"]),
  .library(name: "SparrowText", targets: ["SparrowText"]),
  .library(name: "SparrowIndex", targets: ["SparrowIndex"]),
  .library(name: "SparrowEngines", targets: ["SparrowEngines"]),
  .library(name: "SparrowEvaluation", targets: ["SparrowEvaluation"]),
  .library(name: "SparrowData", targets: ["SparrowData"]),
  .library(name: "SparrowModelFiles", targets: ["SparrowModelFiles"]),
  .library(name: "SparrowHub", targets: ["SparrowHub"]),
  .library(name: "SparrowExport", targets: ["SparrowExport"]),
]

var targets: [Target] = [
  // Step 0: system libraries.
  .systemLibrary(
    name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
  .systemLibrary(
    name: "CCurl", pkgConfig: "libcurl",
    providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
  .systemLibrary(
    name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
  // Step 1
  .target(name: "SparrowCore"),
  .target(
    name: "CSparseKernels",
    cSettings: [
      .enableWarning("all"), .enableWarning("extra"), .enableWarning("shadow"),
      .treatAllWarnings(as: .error),
    ]),
  // Step 2
  .target(name: "SparrowText", dependencies: ["SparrowCore"]),
  .target(name: "SparrowIndex", dependencies: ["CSparseKernels", "SparrowCore"]),
  .target(name: "SparrowEvaluation", dependencies: ["SparrowCore"]),
  // Step 3
  .target(name: "SparrowData", dependencies: ["SparrowEvaluation", "SparrowCore", "CZlib"]),
  .target(name: "SparrowModelFiles", dependencies: ["SparrowText", "SparrowCore"]),
  .target(name: "SparrowHub", dependencies: ["SparrowCore"]),
  // Step 4
  .target(name: "SparrowExport", dependencies: ["SparrowModelFiles", "SparrowCore"]),
  // Step 5
  .target(
    name: "SparrowEngines",
    dependencies: [
      "SparrowIndex", "SparrowCore",
      .target(name: "CCurl", condition: .when(traits: ["Curl"])),
      .target(name: "CPostgreSQL", condition: .when(traits: ["PostgreSQL"])),
    ]),
  // Tests
  .target(
    name: "SparrowTestSupport", dependencies: ["SparrowHub", "SparrowCore"],
    path: "Tests/SparrowTestSupport"),
  .testTarget(name: "SparrowCoreTests", dependencies: ["SparrowCore", "SparrowTestSupport"]),
  .testTarget(name: "SparrowTextTests", dependencies: ["SparrowText", "SparrowTestSupport"]),
  .executableTarget(
    name: "IndexCrashChild", dependencies: ["SparrowIndex", "SparrowCore"],
    path: "Tests/IndexCrashChild"),
  .testTarget(
    name: "SparrowIndexTests",
    dependencies: [
      "IndexCrashChild", "SparrowIndex", "CSparseKernels", "SparrowCore", "SparrowTestSupport",
    ]),
  .testTarget(
    name: "SparrowEnginesTests",
    dependencies: ["SparrowEngines", "SparrowIndex", "SparrowCore", "SparrowTestSupport"]),
  .testTarget(
    name: "SparrowEvaluationTests", dependencies: ["SparrowEvaluation", "SparrowTestSupport"]),
  .testTarget(
    name: "SparrowDataTests", dependencies: ["SparrowData", "CZlib", "SparrowTestSupport"]),
  .testTarget(
    name: "SparrowHubTests", dependencies: ["SparrowHub", "SparrowCore", "SparrowTestSupport"]),
  .testTarget(
    name: "SparrowExportTests",
    dependencies: ["SparrowExport", "SparrowModelFiles", "SparrowCore", "SparrowTestSupport"]),
  .testTarget(
    name: "SparrowModelFilesTests",
    dependencies: ["SparrowModelFiles", "SparrowText", "SparrowCore", "SparrowTestSupport"]),
]

if withTorch {
  products += [
    .library(name: "Sparrow", targets: ["Sparrow"]),
    .executable(name: "sparrow", targets: ["sparrow-cli"]),
  ]
  targets += [
    // Step 0
    .systemLibrary(name: "CLibTorch", pkgConfig: "libtorch"),
    // Step 1
    .target(
      name: "CTorchShim", dependencies: ["CLibTorch"],
      cxxSettings: cxxSettings),
    // Step 2
    .target(name: "SparrowTensor", dependencies: ["CTorchShim", "SparrowCore"]),
    // Step 3
    .target(name: "SparrowNN", dependencies: ["SparrowTensor", "SparrowCore"]),
    // Step 4
    .target(
      name: "SparrowModels",
      dependencies: [
        "SparrowNN", "SparrowModelFiles", "SparrowTensor", "SparrowText", "SparrowCore",
      ]),
    // Step 5
    .target(
      name: "SparrowTraining",
      dependencies: [
        "SparrowModels", "SparrowModelFiles", "SparrowNN", "SparrowTensor", "SparrowText",
        "SparrowData", "SparrowIndex", "SparrowEvaluation", "SparrowCore",
      ]),
    .target(
      name: "SparrowRetrieval",
      dependencies: [
        "SparrowModels", "SparrowModelFiles", "SparrowIndex", "SparrowEvaluation", "SparrowCore",
      ]),
    // Step 7
    .target(
      name: "SparrowCommands",
      dependencies: [
        "SparrowTraining", "SparrowExport", "SparrowHub", "SparrowRetrieval", "SparrowEngines",
        "SparrowModels",
        "SparrowModelFiles", "SparrowNN",
        "SparrowTensor", "SparrowText", "SparrowIndex", "SparrowData", "SparrowEvaluation",
        "SparrowCore",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Yams", package: "Yams"),
      ]),
    // Step 8
    .executableTarget(name: "sparrow-cli", dependencies: ["SparrowCommands"]),
    .target(
      name: "Sparrow",
      dependencies: [
        "SparrowTraining", "SparrowExport", "SparrowHub", "SparrowRetrieval", "SparrowEngines",
        "SparrowModels",
        "SparrowModelFiles", "SparrowNN",
        "SparrowTensor", "SparrowText", "SparrowIndex", "SparrowData", "SparrowEvaluation",
        "SparrowCore",
      ]),
    // Tests
    .testTarget(
      name: "CTorchShimTests", dependencies: ["CTorchShim"]),
    .testTarget(
      name: "SparrowTensorTests",
      dependencies: ["SparrowTensor", "SparrowCore", "SparrowTestSupport"]),
    .testTarget(
      name: "SparrowNNTests",
      dependencies: ["SparrowNN", "SparrowTensor", "SparrowCore", "SparrowTestSupport"]),
    .testTarget(
      name: "SparrowModelsTests",
      dependencies: [
        "SparrowModels", "SparrowModelFiles", "SparrowNN", "SparrowTensor", "SparrowText",
        "SparrowCore", "SparrowTestSupport",
      ]),
    .testTarget(
      name: "SparrowTrainingTests",
      dependencies: [
        "SparrowTraining", "SparrowModels", "SparrowModelFiles", "SparrowNN", "SparrowTensor",
        "SparrowText", "SparrowData", "SparrowIndex", "SparrowEvaluation", "SparrowCore",
        "SparrowTestSupport",
      ]),
    .testTarget(
      name: "SparrowRetrievalTests",
      dependencies: [
        "SparrowRetrieval", "SparrowModels", "SparrowIndex", "SparrowEvaluation", "SparrowCore",
        "SparrowTestSupport",
      ]),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "SparrowCommands", "SparrowTraining", "SparrowEngines", "SparrowRetrieval",
        "SparrowModels", "SparrowIndex", "SparrowTensor", "SparrowData", "SparrowEvaluation",
        "SparrowCore", "SparrowTestSupport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(name: "PublicAPITests", dependencies: ["Sparrow", "SparrowTestSupport"]),
  ]
}

// SPARROW_BENCHMARKS=1 adds the programs that scripts/bench runs.
if withTorch, Context.environment["SPARROW_BENCHMARKS"] != nil {
  products += [
    .executable(name: "sparrow-bench", targets: ["sparrow-bench"]),
    .executable(name: "sparrow-bench-head", targets: ["sparrow-bench-head"]),
  ]
  targets += [
    .executableTarget(
      name: "sparrow-bench",
      dependencies: [
        "SparrowTraining", "SparrowModels", "SparrowModelFiles", "SparrowNN", "SparrowTensor",
        "SparrowText",
        "SparrowData", "SparrowCore",
      ], path: "Benchmarks/Sources/sparrow-bench"),
    .executableTarget(
      name: "sparrow-bench-head", dependencies: ["SparrowTensor", "SparrowCore"],
      path: "Benchmarks/Sources/sparrow-bench-head"),
  ]
}

for target in targets where [.regular, .test, .executable].contains(target.type) {
  if target.name.hasPrefix("C"), target.name != "CommandTests", target.name != "CTorchShimTests" {
    continue
  }
  // Raw pointers stay in the tensor module and its tests: elsewhere each use must be marked unsafe.
  let usesPointers = ["SparrowTensor", "CTorchShimTests", "SparrowTensorTests"]
  let pointerFree = !usesPointers.contains(target.name)
  target.swiftSettings = swiftSettings + (pointerFree ? [.strictMemorySafety()] : [])
}

var dependencies: [Package.Dependency] = []
if withTorch {
  dependencies += [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ]
}
// Only `make docs` needs the documentation plugin, so ordinary builds do not fetch it.
if Context.environment["SPARROW_DOCS"] != nil {
  dependencies.append(
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}

let package = Package(
  name: "sparrow",
  platforms: [.macOS(.v15)],
  products: products,
  traits: [
    .default(enabledTraits: []),
    .trait(
      name: "Curl",
      description: "Engines whose certificates come from a private authority, through libcurl."),
    .trait(name: "PostgreSQL", description: "A client of PostgreSQL with pgvector, through libpq."),
  ],
  dependencies: dependencies,
  targets: targets,
  cxxLanguageStandard: .cxx20
)
