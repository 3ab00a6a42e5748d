import SparrowCore

/// One thing that `sparrow doctor` looked at.
struct Finding: Sendable, Hashable {
  /// How it is.
  enum Status: String, Sendable {
    /// As it should be.
    case ok
    /// It works, but something is worth a look.
    case warn
    /// It does not work.
    case fail
  }

  let status: Status
  /// What was looked at.
  let subject: String
  /// What was found.
  let detail: String
  /// What to do about it; empty when there is nothing to do.
  let advice: String

  init(_ status: Status, _ subject: String, _ detail: String, advice: String = "") {
    self.status = status
    self.subject = subject
    self.detail = detail
    self.advice = advice
  }

  /// The finding that an error makes; its message says what to do.
  init(_ subject: String, _ error: any Error) {
    let text = (error as? any SparrowError)?.description ?? AtomicFile.reason(error)
    self.init(.fail, subject, text)
  }

  /// The finding as JSON.
  var json: JSONValue {
    [
      "status": .string(status.rawValue), "subject": .string(subject), "detail": .string(detail),
      "advice": .string(advice),
    ]
  }
}
