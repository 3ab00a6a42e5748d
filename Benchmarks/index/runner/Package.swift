// swift-tools-version: 6.2
import PackageDescription

// Measures the index alone; see README.md. Build it with SPARROW_WITHOUT_TORCH=1, so that nothing
// else of Sparrow is compiled.
let package = Package(
  name: "index-benchmark",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "sparrow", path: "../../..")],
  targets: [
    .executableTarget(
      name: "IndexBenchmark",
      dependencies: [
        .product(name: "SparrowIndex", package: "sparrow"),
        .product(name: "SparrowCore", package: "sparrow"),
      ])
  ]
)
