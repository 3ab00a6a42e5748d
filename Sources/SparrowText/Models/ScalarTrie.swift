import SparrowCore

/// Finds all tokens that begin at a place in a text.
///
/// A trie over scalars whose edges lie in one hash table with open addressing: a step is one look-up,
/// and a vocabulary of 250,000 tokens is built in a fraction of a second.
struct ScalarTrie: Sendable {
  private struct Edge: Sendable {
    /// The node that it leaves and the scalar it stands for.
    var key: UInt64
    /// The node that it leads to; 0, the root, marks a free slot.
    var target: UInt32
  }

  private var edges: [Edge]
  private var edgeCount = 0
  /// The token that ends at each node, plus 1; 0 for none.
  private var tokens: [UInt32] = [0]

  /// The root, from which walks begin.
  static let root: UInt32 = 0

  /// Makes a trie without tokens.
  init() { edges = Array(repeating: Edge(key: 0, target: 0), count: 1024) }

  /// Adds a token; of repeated ones the last counts.
  mutating func insert(_ token: some Sequence<UInt32>, _ id: TokenID) {
    var node = Self.root
    for scalar in token {
      if let next = step(from: node, scalar) {
        node = next
        continue
      }
      let target = UInt32(tokens.count)
      tokens.append(0)
      insert(Edge(key: Self.key(node, scalar), target: target))
      node = target
    }
    tokens[Int(node)] = id + 1
  }

  /// The node that follows a node by a scalar, nil when no token goes on like this.
  @inline(__always)
  func step(from node: UInt32, _ scalar: UInt32) -> UInt32? {
    let key = Self.key(node, scalar)
    var index = Self.hash(key) & (edges.count - 1)
    while true {
      let edge = edges[index]
      if edge.target == 0 { return nil }
      if edge.key == key { return edge.target }
      index = (index + 1) & (edges.count - 1)
    }
  }

  /// The token that ends at a node.
  @inline(__always)
  func token(at node: UInt32) -> TokenID? {
    let token = tokens[Int(node)]
    return token == 0 ? nil : token - 1
  }

  /// The id of a token.
  func find(_ token: some Sequence<UInt32>) -> TokenID? {
    var node = Self.root
    for scalar in token {
      guard let next = step(from: node, scalar) else { return nil }
      node = next
    }
    return self.token(at: node)
  }

  private mutating func insert(_ edge: Edge) {
    edgeCount += 1
    if edgeCount * 2 > edges.count { grow() }
    place(edge)
  }

  private mutating func place(_ edge: Edge) {
    var index = Self.hash(edge.key) & (edges.count - 1)
    while edges[index].target != 0 { index = (index + 1) & (edges.count - 1) }
    edges[index] = edge
  }

  private mutating func grow() {
    let old = edges
    edges = Array(repeating: Edge(key: 0, target: 0), count: old.count * 2)
    for edge in old where edge.target != 0 { place(edge) }
  }

  @inline(__always)
  private static func key(_ node: UInt32, _ scalar: UInt32) -> UInt64 {
    UInt64(node) << 32 | UInt64(scalar)
  }

  @inline(__always)
  private static func hash(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32)
  }
}
