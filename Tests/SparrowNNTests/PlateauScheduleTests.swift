import SparrowCore
import SparrowNN
import Testing

@Suite struct PlateauScheduleTests {
  /// Rates after each value, made with torch 2.15.0's `ReduceLROnPlateau`.
  @Test func `rates follow PyTorch's`() throws {
    var configuration = PlateauSchedule.Configuration()
    configuration.patience = 1
    configuration.factor = 0.5
    configuration.cooldown = 1
    configuration.minimumRate = 0.02
    var schedule = try PlateauSchedule(configuration, baseRate: 0.1)
    let values = [1.0, 0.9, 0.9, 0.91, 0.95, 0.95, 0.96, 0.8, 0.85, 0.85, 0.86, 0.9, 0.9]
    let rates = values.map { value in
      schedule.observe(value, prefersGreater: false)
      return schedule.rate
    }
    let expected = [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.02, 0.02, 0.02, 0.02]
    #expect(rates == expected)
    #expect(abs(schedule.factor - 0.2) < 1e-12)
  }

  @Test func `progress counts in either direction`() throws {
    var configuration = PlateauSchedule.Configuration()
    configuration.patience = 0
    configuration.isRelative = false
    configuration.threshold = 0.05
    var schedule = try PlateauSchedule(configuration, baseRate: 1)
    for value in [0.5, 0.56, 0.62] { schedule.observe(value, prefersGreater: true) }
    #expect(schedule.rate == 1)
    schedule.observe(0.64, prefersGreater: true)
    #expect(schedule.rate == 0.1)
  }

  @Test func `a restored schedule goes on counting`() throws {
    var first = try PlateauSchedule(baseRate: 1)
    for _ in 0..<11 { first.observe(1, prefersGreater: false) }
    var second = try PlateauSchedule(baseRate: 1)
    second.restore(first.savedState)
    #expect(second == first)
    second.observe(1, prefersGreater: false)
    #expect(second.rate == 0.1)
  }

  @Test func `numbers out of range are refused`() {
    var configuration = PlateauSchedule.Configuration()
    configuration.factor = 1
    #expect(throws: ModuleError.self) { try PlateauSchedule(configuration, baseRate: 1) }
    configuration.factor = 0.5
    configuration.patience = -1
    #expect(throws: ModuleError.self) { try PlateauSchedule(configuration, baseRate: 1) }
  }
}
