import SparrowCore
import SparrowTestSupport
import Testing

@Suite struct MersenneTwisterTests {
  @Test func `permutations equal the reference's`() throws {
    let examples = try #require(
      Fixtures.golden("samplers")["randperm"]?["examples"]?.array)
    #expect(!examples.isEmpty)
    for example in examples {
      let seed = try #require(example["seed"]?.int)
      let expected = try #require(example["perm"]?.array).compactMap(\.int)
      var generator = MersenneTwister(seed: UInt64(seed))
      #expect(generator.permutation(expected.count) == expected)
    }
  }

  @Test func `a restored generator continues the stream`() throws {
    var first = MersenneTwister(seed: 7)
    for _ in 0..<1000 { _ = first.next() }
    var second = try MersenneTwister(words: first.words, position: first.position)
    #expect((0..<700).map { _ in first.next() } == (0..<700).map { _ in second.next() })
  }
}
