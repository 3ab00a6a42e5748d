import Dispatch
import Foundation
import SparrowCore
import Synchronization

extension Tokenizer {
  /// Turns texts into tokens, one after another in a batch without padding.
  ///
  /// Threads share the texts; the result does not depend on their number. A few short texts are
  /// done on the calling thread.
  ///
  /// - Parameters:
  ///   - inputs: texts or pairs; may be empty.
  ///   - options: maximum length, special tokens, side of truncation, threads.
  /// - Returns: the tokens of all inputs in their order.
  /// - Throws: ``TextError`` of category `cancelled` when the task was cancelled, and of category
  ///   `failure` when there are more tokens than a batch can count (2^31).
  public func encodeBatch(
    _ inputs: [TokenizerInput], options: TokenizationOptions = .init()
  ) throws(TextError) -> TokenBatch {
    let single = EncodingPlan(self, options, isPair: false)
    let pair = EncodingPlan(self, options, isPair: true)
    let slices = Self.slices(of: inputs)
    let threads = max(1, options.threadCount ?? Self.processorCount)
    var result = TokenBatch()
    // Whether the task was cancelled can be asked only on this thread: between rounds.
    var next = 0
    while next < slices.count {
      if Task.isCancelled {
        throw TextError(.cancelled, "Tokenization was cancelled after \(result.textCount) texts.")
      }
      let round = slices[next..<min(slices.count, next + threads * 4)]
      next = round.endIndex
      for batch in batches(of: inputs, round, single, pair, threads: threads) {
        guard result.tokenCount + batch.tokenCount <= Int(Int32.max) else {
          throw TextError(
            .failure,
            "A batch holds at most \(Int32.max) tokens; found more in \(inputs.count) texts. Encode them in several batches."
          )
        }
        result.append(contentsOf: batch)
      }
    }
    return result
  }

  /// Turns texts into tokens; see ``encodeBatch(_:options:)-([TokenizerInput],_)``.
  public func encodeBatch(
    _ texts: [String], options: TokenizationOptions = .init()
  ) throws(TextError) -> TokenBatch {
    try encodeBatch(texts.map { TokenizerInput($0) }, options: options)
  }

  private static let processorCount = ProcessInfo.processInfo.activeProcessorCount

  /// Cuts a list of inputs into slices of at least 64 KB, which one thread does at a time.
  private static func slices(of inputs: [TokenizerInput]) -> [Range<Int>] {
    var slices: [Range<Int>] = []
    var start = 0
    var byteCount = 0
    for (index, input) in inputs.enumerated() {
      byteCount += input.text.utf8.count + (input.pair?.utf8.count ?? 0)
      if byteCount >= 65_536 || index == inputs.count - 1 {
        slices.append(start..<(index + 1))
        start = index + 1
        byteCount = 0
      }
    }
    return slices
  }

  /// Encodes slices of the inputs, on several threads if there are several.
  private func batches(
    of inputs: [TokenizerInput], _ slices: ArraySlice<Range<Int>>, _ single: EncodingPlan,
    _ pair: EncodingPlan, threads: Int
  ) -> [TokenBatch] {
    let encode = { @Sendable (slice: Range<Int>) -> TokenBatch in
      var encoder = BatchEncoder(self)
      for input in inputs[slice] { encoder.append(input, input.pair == nil ? single : pair) }
      return encoder.batch
    }
    guard slices.count > 1, threads > 1 else { return slices.map(encode) }
    let results = Mutex([TokenBatch?](repeating: nil, count: slices.count))
    let next = Atomic(slices.startIndex)
    DispatchQueue.concurrentPerform(iterations: min(threads, slices.count)) { _ in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < slices.endIndex else { return }
        let batch = encode(slices[index])
        results.withLock { $0[index - slices.startIndex] = batch }
      }
    }
    return results.withLock { $0.compactMap(\.self) }
  }
}

/// Encodes texts one after another into a batch, with room to work in that is used again.
private struct BatchEncoder {
  private(set) var batch = TokenBatch()
  private let tokenizer: Tokenizer
  private var workspace = ModelWorkspace()
  private var first: [TokenID] = []
  private var second: [TokenID] = []

  init(_ tokenizer: Tokenizer) { self.tokenizer = tokenizer }

  mutating func append(_ input: TokenizerInput, _ plan: EncodingPlan) {
    tokenizer.read(input.text, plan, &workspace, into: &first)
    if let pair = input.pair { tokenizer.read(pair, plan, &workspace, into: &second) }
    let kept = plan.keep(first: first.count, second: input.pair == nil ? nil : second.count)
    for part in plan.parts {
      switch part {
      case .special(let ids, let typeID): batch.append(ids: ids[...], typeID: typeID)
      case .text(false, let typeID): batch.append(ids: first[kept.first], typeID: typeID)
      case .text(true, let typeID): batch.append(ids: second[kept.second], typeID: typeID)
      }
    }
    batch.endText()
  }
}

extension Tokenizer {
  /// Replaces `ids` by the tokens of one text before truncation.
  fileprivate func read(
    _ text: String, _ plan: EncodingPlan, _ workspace: inout ModelWorkspace,
    into ids: inout [TokenID]
  ) {
    ids.removeAll(keepingCapacity: true)
    if plan.side == .right, let scanner {
      var outcome = BertScanner.Outcome.finished
      text.withUTF8Bytes { bytes in
        literalTokens.forEachPiece(of: bytes) { range, token in
          if let token {
            ids.append(token)
          } else {
            outcome = scanner.scan(
              bytes, range, limit: plan.enough, &workspace, into: &ids)
          }
          return outcome == .finished
        }
      }
      if outcome != .unsupported { return }
      ids.removeAll(keepingCapacity: true)
    }
    ids.append(contentsOf: tokens(of: text, plan, &workspace).lazy.map(\.id))
  }
}
