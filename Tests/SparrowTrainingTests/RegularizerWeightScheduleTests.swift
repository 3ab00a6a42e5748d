import SparrowCore
import SparrowTestSupport
import SparrowTraining
import Testing

@Suite struct RegularizerWeightScheduleTests {
  @Test func `weights equal the reference's, which replaces what it does not understand`() throws {
    let cases = try #require(Fixtures.golden("schedules")["splade_weights"]?.array)
    #expect(cases.count == 36)
    for example in cases {
      let name = try #require(example["scheduler_type"]?.string)
      let ratio = try #require(example["warmup_ratio"]?.double)
      if name == "bogus" || ratio <= 0 || ratio > 1 {
        #expect(throws: TrainingError.self) {
          try RegularizerWeightSchedule(shapeName: name, warmupRatio: ratio)
        }
      }
      let schedule = try RegularizerWeightSchedule(
        shapeName: try #require(example["effective_type"]?.string),
        warmupRatio: try #require(example["effective_ratio"]?.double))
      let total = try #require(example["max_steps"]?.int)
      #expect(schedule.warmupSteps(totalSteps: total) == example["warmup_steps"]?.int)
      let factors = (0..<total).map { schedule.factor(step: $0, totalSteps: total) }
      for (key, maximum) in [("document", 0.08), ("query", 0.1)] {
        let expected = try #require(example[key]?.array).compactMap(\.double)
        let difference = compare(factors.map { $0 * maximum }, with: expected, absolute: 1e-12)
        #expect(difference.isWithinTolerance, "\(name) \(ratio): \(difference)")
      }
    }
  }

  @Test func `names are read in upper and lower case`() throws {
    #expect(try RegularizerWeightSchedule(shapeName: "Linear", warmupRatio: 1).shape == .linear)
    #expect(RegularizerWeightSchedule.standard.shape == .quadratic)
  }
}
