import SparrowCore
import SparrowTensor
import SparrowTestSupport
import Testing

@testable import SparrowTraining

/// All losses over embeddings against the reference's values and gradients.
@Suite struct GoldenLossTests {
  static func cases() throws -> [LossCase] {
    let golden = try Fixtures.golden("losses")
    let columns = try #require(golden["columns_data"])
    return try #require(golden["cases"]?.array).map { LossCase(content: $0, columnsData: columns) }
  }

  @Test func `there are fifty cases`() throws {
    #expect(try Self.cases().count == 50)
  }

  @Test(arguments: try cases())
  func `values and gradients equal the reference's in float64`(example: LossCase) throws {
    let columns = try example.columns(.float64)
    let components = try example.evaluate(columns, example.labels(.float64))
    try expect(components, equal: example.values("value"), relative: 1e-10)
    try components.total().backward()
    for (column, expected) in zip(columns, try example.gradients()) {
      let found =
        try column.gradient?.values(as: Double.self) ?? expected.map { _ in 0 }
      let difference = compare(found, with: expected, absolute: 1e-12, relative: 1e-9)
      #expect(difference.isWithinTolerance, "\(difference)")
    }
  }

  @Test(arguments: try cases())
  func `values and gradients equal the reference's in float32`(example: LossCase) throws {
    let columns = try example.columns(.float32)
    let components = try example.evaluate(columns, example.labels(.float32))
    for component in components { #expect(component.value.dtype == .float32) }
    try expect(components, equal: example.values("value_float32"), relative: 2e-5)
    try components.total().backward()
    for (column, expected) in zip(columns, try example.gradients()) {
      let found =
        try column.gradient?.values(as: Double.self) ?? expected.map { _ in 0 }
      let difference = compare(found, with: expected, absolute: 3e-6, relative: 2e-5)
      #expect(difference.isWithinTolerance, "\(difference)")
    }
  }

  private func expect(
    _ components: [LossComponent], equal expected: [String: Double], relative: Double
  ) throws {
    #expect(Set(components.map(\.name)) == Set(expected.keys))
    for component in components {
      let wanted = try #require(expected[component.name])
      let difference = compare(
        [try component.value.item()], with: [wanted], absolute: 1e-14, relative: relative)
      #expect(difference.isWithinTolerance, "\(component.name): \(difference)")
    }
  }
}
