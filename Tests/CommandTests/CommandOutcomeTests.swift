import ArgumentParser
import Foundation
import SparrowCore
import Testing

@testable import SparrowCommands

@Suite struct CommandOutcomeTests {
  @Test(arguments: [
    (ErrorCategory.usage, CommandOutcome.usage), (.missing, .missing), (.invalidData, .failure),
    (.inputOutput, .failure), (.cancelled, .interrupted), (.failure, .failure),
  ])
  func `each category of error has its exit code`(category: ErrorCategory, status: CommandOutcome) {
    #expect(CommandOutcome(CoreError(category, "message")) == status)
  }

  @Test func `errors from elsewhere have exit codes as well`() {
    #expect(CommandOutcome(CancellationError()) == .interrupted)
    #expect(CommandOutcome(BrokenPipe()) == .success)
    #expect(CommandOutcome(ValidationError("message")) == .usage)
    #expect(CommandOutcome(CleanExit.message("message")) == .success)
    #expect(CommandOutcome(CocoaError(.fileNoSuchFile)) == .failure)
  }

  @Test func `the numbers are those that scripts rely on`() {
    let outcomes: [CommandOutcome] = [
      .success, .failure, .usage, .missing, .interrupted, .terminated,
    ]
    #expect(outcomes.map(\.rawValue) == [0, 1, 2, 3, 130, 143])
  }
}
