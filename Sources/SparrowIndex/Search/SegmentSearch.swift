import CSparseKernels
import SparrowCore

/// One search over the segments of an index.
///
/// Window by window (65,536 documents each, the most promising first) it adds up the quantized
/// weights of the important posting lists, rounded up, so that a sum is never below the score it
/// stands for. Lists whose largest contributions together cannot bring a document among the best
/// are left out and allowed for by a constant. Documents whose bound reaches the lowest score kept
/// so far are scored exactly from their rows.
///
/// Bounds are never below scores: weights, factors and the threshold are all rounded to the safe
/// side, and a slack of one millionth covers the final rounding of scores to float32.
@safe
struct SegmentSearch {
  /// One posting list as this query uses it.
  private struct QueryList {
    let list: PostingList
    /// The query's weight times the list's scale: what one quantization level is worth; 0 for
    /// negative query weights, which only lower scores (or raise them by at most `bound`).
    let step: Double
    /// The most that the list can add to a score.
    let bound: Double
    /// Contribution for work: lists of high rank are added up, those of low rank left out.
    let rank: Double
  }

  /// A window and its lists.
  private struct WindowTask {
    let segment: Int
    let window: SegmentWindow
    let lists: Range<Int>
    /// The most that any document of the window can score.
    let bound: Double
  }

  /// Lists are left out while their bounds together stay below this part of the threshold.
  private static let remainderShare = 0.3
  /// The part of the largest sum down to which documents are scored first to find a threshold;
  /// as long as that does not give enough documents, the level falls faster and faster.
  private static let leadShare = 0.85
  /// Below this part of a segment's documents, a filter's matches are scored one by one.
  private static let selectiveShare = 0.015
  /// The sum that the bounds of all lists in use are scaled to.
  private static let sumScale = Double(1 << 30)
  /// Covers the rounding of scores to float32.
  private static let slack = 1e-6

  private let views: [SegmentView]
  private let eligibilities: [Eligibility]
  private let plan: QueryPlan
  private let count: Int
  private let remainderFactor: Double
  private let scratch: SearchScratch
  private let kernels: Kernels
  private var best: TopDocuments
  /// A score that at least `count` eligible documents are known to reach.
  private var floor = -Double.infinity
  private var lists: [QueryList] = []
  private var tasks: [WindowTask] = []

  /// Finds the best documents.
  ///
  /// - Throws: ``IndexError`` when a file is damaged or the task is cancelled.
  static func run(
    _ plan: QueryPlan, in views: [SegmentView], options: SearchOptions, scratch: SearchScratch,
    kernels: Kernels = .best
  ) throws(IndexError) -> [TopDocuments.Entry] {
    guard options.count > 0, !plan.terms.isEmpty else { return [] }
    var eligibilities: [Eligibility] = []
    for view in views { eligibilities.append(try Eligibility(view, filter: options.filter)) }
    for (index, weight) in plan.terms { unsafe scratch.queryWeights[Int(index)] = weight }
    defer {
      for (index, _) in plan.terms { unsafe scratch.queryWeights[Int(index)] = 0 }
    }
    var search = SegmentSearch(
      plan, views: views, eligibilities: eligibilities, options: options, scratch: scratch,
      kernels: kernels)
    return try search.run()
  }

  private init(
    _ plan: QueryPlan, views: [SegmentView], eligibilities: [Eligibility],
    options: SearchOptions, scratch: SearchScratch, kernels: Kernels
  ) {
    self.plan = plan
    self.views = views
    self.eligibilities = eligibilities
    self.scratch = scratch
    self.kernels = kernels
    // More than all documents cannot be asked for.
    count = min(options.count, views.reduce(0) { $0 + $1.liveCount })
    remainderFactor =
      if case .approximate(let settings) = options.mode { settings.remainderFactor } else { 1 }
    best = TopDocuments(capacity: count, segments: views.map(\.segment))
  }

  private mutating func run() throws(IndexError) -> [TopDocuments.Entry] {
    for segment in views.indices {
      if let few = eligibilities[segment].fewDocuments(Self.selectiveShare) {
        try scoreOneByOne(few, segment: segment)
      } else {
        try prepareWindows(of: segment)
      }
    }
    tasks.sort { $0.bound > $1.bound }
    for position in tasks.indices {
      if Task.isCancelled { throw IndexError(.cancelled, "The search was cancelled.") }
      let task = tasks[position]
      if task.bound * (1 + Self.slack) < threshold { break }
      try search(task)
    }
    return best.sorted()
  }

  /// The score that a document must reach to be among the best.
  private var threshold: Double {
    guard best.isFull, let worst = best.worstScore else { return floor }
    // Sums beyond float32 are all the same infinite score.
    return max(floor, Double(min(worst, .greatestFiniteMagnitude)))
  }

  // MARK: Preparation

  /// Looks up the query's lists in every window of a segment.
  private mutating func prepareWindows(of segment: Int) throws(IndexError) {
    let header = views[segment].segment.header
    for number in 0..<header.windowCount {
      let window = try views[segment].segment.window(number)
      let start = lists.count
      var bound = 0.0
      for term in plan.terms {
        guard let list = window.list(of: term.index) else { continue }
        let queryList = makeList(list, weight: Double(term.weight))
        lists.append(queryList)
        bound += queryList.bound
        raiseFloor(list, weight: term.weight, segment: segment)
      }
      let end = lists.count
      guard end > start else { continue }
      tasks.append(
        WindowTask(segment: segment, window: window, lists: start..<end, bound: bound))
    }
  }

  private func makeList(_ list: PostingList, weight: Double) -> QueryList {
    let step = max(0, weight) * Double(list.scale)
    let bound = weight > 0 ? step * 255 : -weight * Double(list.largestNegative)
    let rank = bound / Double(list.count + 64)
    return QueryList(list: list, step: step, bound: bound, rank: rank)
  }

  /// If `count` documents have at least some weight for a term, as many score at least that.
  private mutating func raiseFloor(_ list: PostingList, weight: Float, segment: Int) {
    guard case .allLive(let deletedCount) = eligibilities[segment].kind,
      !plan.hasNegativeWeights, !views[segment].segment.hasNegativeWeights
    else { return }
    let known = Double(list.weight(atRank: count + deletedCount)) * Double(weight)
    if known > 0 { floor = max(floor, known * (1 - Self.slack)) }
  }

  // MARK: One window

  private mutating func search(_ task: WindowTask) throws(IndexError) {
    lists[task.lists].sort { $0.rank > $1.rank }
    let split = splitLists(task.lists)
    guard !split.used.isEmpty else { return }
    let scale = split.usedBound > 0 ? Self.sumScale / split.usedBound : 1
    for position in split.used {
      let list = lists[position]
      let factor = max(1, (list.step * scale).rounded(.up))
      unsafe spk_accumulate(
        scratch.sums, list.list.numbers, list.list.weights, list.list.count, UInt32(factor))
    }
    let cut = SumCut(remainder: split.remainder, scale: scale)
    if !best.isFull { try findThreshold(task, cut: cut) }
    let found = unsafe kernels.collect(
      atLeast: cut.sum(forScore: threshold), scratch.sums, count: task.window.documentCount,
      clearsAll: true, positions: scratch.positions, values: scratch.values)
    try score(found, of: task, cut: cut)
  }

  /// Decides which lists are added up: the others cannot bring a document among the best.
  private func splitLists(
    _ range: Range<Int>
  ) -> (used: Range<Int>, usedBound: Double, remainder: Double) {
    var end = range.upperBound
    var remainder = 0.0
    // Without a positive threshold every document that shares a term may be among the best.
    let limit = threshold > 0 ? threshold * Self.remainderShare : -1
    while end > range.lowerBound, remainder + lists[end - 1].bound <= limit {
      end -= 1
      remainder += lists[end].bound
    }
    remainder *= remainderFactor
    var usedBound = 0.0
    for position in range.lowerBound..<end {
      let list = lists[position]
      if list.step > 0 {
        usedBound += list.bound
      } else {
        // Sums only record that the document has the term; what it may add is allowed for.
        remainder += list.bound
      }
    }
    return (range.lowerBound..<end, usedBound, remainder)
  }

  /// Scores the documents with the largest sums until enough are kept to have a threshold.
  private mutating func findThreshold(
    _ task: WindowTask, cut: SumCut
  ) throws(IndexError) {
    let documentCount = task.window.documentCount
    var level = unsafe kernels.maximum(scratch.sums, count: documentCount)
    let lowest = cut.sum(forScore: threshold)
    var share = 1.0
    while !best.isFull, level > lowest {
      share *= Self.leadShare
      level = max(lowest, UInt32(Double(level) * share))
      let reached = unsafe kernels.countAtLeast(level, scratch.sums, count: documentCount)
      if reached >= best.room {
        let found = unsafe kernels.collect(
          atLeast: level, scratch.sums, count: documentCount, clearsAll: false,
          positions: scratch.positions, values: scratch.values)
        try score(found, of: task, cut: cut)
      }
    }
  }

  /// Scores the documents in `scratch.positions` that are eligible and still good enough.
  private mutating func score(
    _ found: Int, of task: WindowTask, cut: SumCut
  ) throws(IndexError) {
    var next = 0
    while next < found {
      let lowest = cut.sum(forScore: threshold)
      var batch = 0
      while next < found, batch < SearchScratch.batchSize {
        let number = unsafe task.window.firstDocument + Int(scratch.positions[next])
        if unsafe scratch.values[next] >= lowest, eligibilities[task.segment].allows(number) {
          unsafe scratch.numbers[batch] = UInt32(number)
          batch += 1
        }
        next += 1
      }
      try scoreBatch(batch, segment: task.segment)
      for position in 0..<batch {
        best.offer(
          TopDocuments.Entry(
            segment: task.segment, number: unsafe Int(scratch.numbers[position]),
            score: unsafe scratch.scores[position]))
      }
    }
  }

  private func scoreBatch(_ batch: Int, segment: Int) throws(IndexError) {
    let isSound = unsafe kernels.scoreRows(
      views[segment].segment.rows, query: scratch.query, numbers: scratch.numbers, count: batch,
      scores: scratch.scores)
    guard isSound else {
      throw SegmentHeader.damage("a row is broken", views[segment].segment.path)
    }
  }

  // MARK: Few documents

  /// Scores given documents of a segment, and keeps those that share a term with the query.
  private mutating func scoreOneByOne(_ numbers: [Int], segment: Int) throws(IndexError) {
    for start in stride(from: 0, to: numbers.count, by: SearchScratch.batchSize) {
      let batch = numbers[start..<min(numbers.count, start + SearchScratch.batchSize)]
      for (position, number) in batch.enumerated() {
        unsafe scratch.numbers[position] = UInt32(number)
      }
      try scoreBatch(batch.count, segment: segment)
      for (position, number) in batch.enumerated() {
        let score = unsafe scratch.scores[position]
        if score == 0, try !sharesTerm(number, segment: segment) { continue }
        best.offer(TopDocuments.Entry(segment: segment, number: number, score: score))
      }
    }
  }

  private func sharesTerm(_ number: Int, segment: Int) throws(IndexError) -> Bool {
    let document = try views[segment].segment.vector(of: number)
    return document.indices.contains { unsafe scratch.queryWeights[Int($0)] != 0 }
  }
}

/// Turns scores into the sums that stand for them.
private struct SumCut {
  /// What lists that are not part of the sums may add to a score.
  let remainder: Double
  /// How much one unit of score is in sums.
  let scale: Double

  /// The lowest sum, 1 or more, of a document that may reach the score.
  func sum(forScore score: Double) -> UInt32 {
    let sum = ((score - abs(score) * 1e-6 - remainder) * scale).rounded(.down) - 1
    return sum > 1 ? UInt32(min(sum, Double(UInt32.max))) : 1
  }
}
