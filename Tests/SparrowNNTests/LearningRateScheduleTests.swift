import SparrowCore
import SparrowNN
import SparrowTestSupport
import Testing

@Suite struct LearningRateScheduleTests {
  @Test func `factors equal the reference's at every step`() throws {
    let cases = try #require(Fixtures.golden("schedules")["lr"]?.array)
    #expect(cases.count == 18)
    for example in cases {
      let name = try #require(example["type"]?.string)
      let total = try #require(example["total"]?.int)
      let schedule = LearningRateSchedule(
        try .init(name: name, options: try #require(example["kwargs"]?.object)),
        totalSteps: total, warmupSteps: try #require(example["warmup"]?.int))
      let expected = try #require(example["lr_used_at_step_1..n"]?.array).compactMap(\.double)
      let difference = compare(
        (0..<total).map(schedule.factor), with: expected, absolute: 1e-12)
      #expect(difference.isWithinTolerance, "\(name): \(difference)")
    }
  }

  @Test func `a floor given as a rate is measured against the run's rate`() {
    let schedule = LearningRateSchedule(
      .cosineWithFloor(.rate(1e-6)), totalSteps: 10, baseRate: 1e-5)
    #expect(abs(schedule.factor(step: 10) - 0.1) < 1e-12)
  }

  @Test func `a warm-up above zero begins at its start and ends at one`() {
    let schedule = LearningRateSchedule(
      .cosineWarmupWithFloor(.ratio(0.1), warmupStart: 0.2), totalSteps: 10, warmupSteps: 5)
    let expected = [0.2, 0.4, 0.6, 0.8, 1]
    let difference = compare((0..<5).map(schedule.factor), with: expected, absolute: 1e-12)
    #expect(difference.isWithinTolerance, "\(difference)")
    #expect(abs(schedule.factor(step: 9) - 0.1) < 1e-12)
  }

  @Test func `ramps of a stable decay start and end where they should`() {
    for ramp in LearningRateSchedule.Ramp.allCases {
      let curve = LearningRateSchedule.Curve.warmupStableDecay(
        .init(decaySteps: 4, warmup: ramp, decay: ramp, floor: 0.05))
      let schedule = LearningRateSchedule(curve, totalSteps: 12, warmupSteps: 4)
      #expect(abs(schedule.factor(step: 0) - 0.05) < 1e-12)
      #expect((4..<8).allSatisfy { schedule.factor(step: $0) == 1 })
      #expect(schedule.factor(step: 10) < 1)
      #expect(schedule.factor(step: 12) == 0.05)
    }
  }

  @Test(arguments: [
    ("liner", "{}", "There is no learning-rate schedule 'liner'"),
    ("linear", #"{"num_cycles": 2}"#, "has no option 'num_cycles'; it has none"),
    ("cosine", #"{"num_cycles": "two"}"#, "needs a number as option 'num_cycles'"),
    ("cosine_with_min_lr", "{}", "exactly one of the options 'min_lr' and 'min_lr_rate'"),
    ("warmup_stable_decay", "{}", "needs the option 'num_decay_steps'"),
    (
      "warmup_stable_decay", #"{"num_decay_steps": 2, "decay_type": "step"}"#,
      "one of 'linear', 'cosine', '1-sqrt'"
    ),
    ("inverse_sqrt", #"{"timescale": -1}"#, "needs a whole number from 0"),
  ])
  func `a schedule that makes no sense is refused`(
    name: String, options: String, reason: String
  ) throws {
    let options = try #require(JSONValue(parsing: Array(options.utf8)).object)
    #expect {
      try LearningRateSchedule.Curve(name: name, options: options)
    } throws: {
      "\($0)".contains(reason)
    }
  }
}
