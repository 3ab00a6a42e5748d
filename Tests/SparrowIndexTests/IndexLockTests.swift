import Foundation
import SparrowTestSupport
import Testing

@testable import SparrowIndex

@Suite struct IndexLockTests {
  @Test func `a lock that is given back is free, even if a process being started has a copy`()
    throws
  {
    try Fixtures.withTemporaryFolder { folder in
      var lock: IndexLock? = try IndexLock(IndexFolder(folder))
      let copy = dup(try #require(lock?.descriptor))
      defer { close(copy) }
      #expect(throws: IndexError.self) { try IndexLock(IndexFolder(folder)) }
      lock = nil
      #expect(throws: Never.self) { try IndexLock(IndexFolder(folder)) }
    }
  }
}
