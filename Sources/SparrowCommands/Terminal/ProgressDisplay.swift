import SparrowCore
import Synchronization

/// Shows on standard error how far work that takes longer than two seconds has come.
///
/// A terminal has a line, and details below it, that are written over; anything else gets a plain
/// line every ten seconds.
/// When an activity that was shown ends, a line says how long it took.
final class ProgressDisplay: Sendable {
  private struct State {
    var activity = ""
    var unit = ""
    var start = ContinuousClock.now
    var completed = 0
    var latest = ContinuousClock.now
    var shown: ContinuousClock.Instant?
    /// The lines that are on the terminal and will be written over.
    var lineCount = 0
  }

  private let sink: TextSink
  private let style: TerminalStyle
  private let isQuiet: Bool
  private let now: @Sendable () -> ContinuousClock.Instant
  private let state = Mutex(State())

  /// Work shorter than this is not reported.
  static let patience: Duration = .seconds(2)

  /// Makes a display.
  ///
  /// - Parameters:
  ///   - context: gives standard error and its colours.
  ///   - isQuiet: shows nothing.
  ///   - now: the clock.
  init(
    _ context: CommandContext, isQuiet: Bool = false,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    sink = context.errors
    style = context.errorStyle
    self.isQuiet = isQuiet
    self.now = now
  }

  /// Takes reports of long work.
  var reporter: ProgressReporter {
    { [self] update in show(update) }
  }

  /// Takes reports of one part of the work, `base` units of which are done already.
  func reporter(base: Int, total: Int?) -> ProgressReporter {
    ProgressUpdate.counting(from: base, of: total, reporter)
  }

  /// Takes the lines off the terminal, so that something else can be written there.
  func clear() {
    state.withLock { state in write(eraser(&state)) }
  }

  /// What takes the lines off the terminal, the last one first.
  private func eraser(_ state: inout State) -> String {
    guard sink.isTerminal, state.lineCount > 0 else { return "" }
    defer { state.lineCount = 0 }
    return "\r\u{1B}[K" + String(repeating: "\u{1B}[A\u{1B}[K", count: state.lineCount - 1)
  }

  /// Ends the activity that is shown.
  func finish() {
    state.withLock { state in
      end(&state)
      state.activity = ""
    }
  }

  /// Takes a report.
  ///
  /// - Parameters:
  ///   - update: how far the work is.
  ///   - details: lines below the first on a terminal; elsewhere the first of them ends the line.
  func show(_ update: ProgressUpdate, details: [String] = []) {
    guard !isQuiet else { return }
    let time = now()
    state.withLock { state in
      if state.activity != update.activity {
        end(&state)
        state = State(activity: update.activity, unit: update.unit, start: time)
      }
      state.completed = update.completed
      state.latest = time
      let due = state.shown.map { $0 + interval } ?? (state.start + Self.patience)
      guard time >= due else { return }
      state.shown = time
      let text = line(update, seconds: (time - state.start).seconds)
      guard sink.isTerminal else {
        write(([text] + details.prefix(1)).joined(separator: ", ") + "\n")
        return
      }
      let lines = [text] + details.map { String($0.prefix(CommandContext.leastColumnCount - 1)) }
      write(eraser(&state) + lines.joined(separator: "\n"))
      state.lineCount = lines.count
    }
  }

  private var interval: Duration { sink.isTerminal ? .milliseconds(100) : .seconds(10) }

  private func end(_ state: inout State) {
    guard state.shown != nil else { return }
    let seconds = (state.latest - state.start).seconds
    let text =
      "\(state.activity): \(NumberText.count(state.completed)) \(state.unit) in "
      + "\(NumberText.duration(seconds)), \(NumberText.rate(Double(state.completed) / seconds))/s"
    write(eraser(&state) + style.dim(text) + "\n")
    state.shown = nil
  }

  private func line(_ update: ProgressUpdate, seconds: Double) -> String {
    let perSecond = Double(update.completed) / seconds
    var parts = [update.activity + ":"]
    if let total = update.total, total > 0 {
      parts.append(NumberText.percent(Double(update.completed) / Double(total)))
      parts.append("\(NumberText.count(update.completed)) of \(NumberText.count(total))")
    } else {
      parts.append(NumberText.count(update.completed))
    }
    parts.append("\(update.unit), \(NumberText.rate(perSecond))/s")
    if let total = update.total, perSecond > 0, total > update.completed {
      let left = Double(total - update.completed) / perSecond
      parts[parts.count - 1] += ", \(NumberText.duration(left)) left"
    }
    return parts.joined(separator: " ")
  }

  /// Progress is a courtesy: when standard error is gone, the work goes on.
  private func write(_ text: String) { try? sink.write(text) }
}

extension Duration {
  /// The duration as seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
