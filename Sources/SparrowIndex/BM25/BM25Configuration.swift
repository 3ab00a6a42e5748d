import Foundation
import SparrowCore

/// The settings of ``BM25Encoder``.
public struct BM25Configuration: Sendable, Hashable {
  /// Which formula weighs a term; with `tf` the term's count in the document, `df` the number of
  /// documents that have it, `N` all documents, and
  /// `K = k1 · (1 − b + b · length / averageLength)`.
  ///
  /// Source: Kamphuis et al., "Which BM25 do you mean?" (ECIR 2020).
  public enum Variant: String, Sendable, Hashable, CaseIterable {
    /// `ln(1 + (N − df + ½) / (df + ½)) · tf / (tf + K)`, as Lucene does since version 8.
    case lucene
    /// `max(0, ln((N − df + ½) / (df + ½))) · tf / (tf + K)`, the original one.
    case robertson
    /// `ln(N / df) · tf · (k1 + 1) / (tf + K)`.
    case atire
  }

  /// The formula; the default is ``Variant/lucene``.
  public var variant: Variant
  /// How soon repetitions of a term stop counting, 0 or more; the default is 0.9.
  public var saturation: Double
  /// How much long documents are held back, 0 (not at all) to 1; the default is 0.4.
  public var lengthNormalization: Double
  /// How texts become terms; the default is English with stop words and stemming.
  public var analyzer: Analyzer

  /// Makes settings; the defaults are those of the Anserini baselines.
  ///
  /// - Parameters:
  ///   - variant: the formula.
  ///   - saturation: symbol `k1`.
  ///   - lengthNormalization: symbol `b`.
  ///   - analyzer: how texts become terms.
  public init(
    variant: Variant = .lucene, saturation: Double = 0.9, lengthNormalization: Double = 0.4,
    analyzer: Analyzer = Analyzer()
  ) {
    self.variant = variant
    self.saturation = saturation
    self.lengthNormalization = lengthNormalization
    self.analyzer = analyzer
  }

  /// Checks the ranges of the settings.
  ///
  /// - Throws: ``IndexError`` when `saturation` is negative or not finite, or when
  ///   `lengthNormalization` lies outside 0...1.
  func validate() throws(IndexError) {
    guard saturation >= 0, saturation.isFinite else {
      throw IndexError(.usage, "BM25's saturation k1 must be 0 or more; found \(saturation).")
    }
    guard (0...1).contains(lengthNormalization) else {
      throw IndexError(
        .usage, "BM25's length normalization b must lie in 0...1; found \(lengthNormalization).")
    }
  }

  /// The weight of a term in the whole collection.
  func inverseDocumentFrequency(documentFrequency: Int, documentCount: Int) -> Double {
    let frequency = Double(documentFrequency)
    let ratio = (Double(documentCount) - frequency + 0.5) / (frequency + 0.5)
    return switch variant {
    case .lucene: log(1 + ratio)
    case .robertson: max(0, log(ratio))
    case .atire: log(Double(documentCount) / frequency)
    }
  }

  /// The share of a term's weight that its count in a document of given relative length earns.
  func termFrequencyFactor(count: Int, relativeLength: Double) -> Double {
    let damping = saturation * (1 - lengthNormalization + lengthNormalization * relativeLength)
    let factor = Double(count) / (Double(count) + damping)
    return variant == .atire ? factor * (saturation + 1) : factor
  }
}
