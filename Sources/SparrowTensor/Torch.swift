import CTorchShim

/// Facts about the libtorch in use, and its threads.
public enum Torch {
  /// The version of libtorch, for example "2.15.0".
  public static var version: String { String(cString: spw_torch_version()) }
  /// The instruction set libtorch chose for its own kernels: "AVX512", "AVX2" or "DEFAULT".
  public static var cpuCapability: String { String(cString: spw_cpu_capability()) }

  /// Processor features that decide which kernels run.
  public struct CPUFeatures: OptionSet, Sendable {
    /// The features as bits.
    public let rawValue: Int32
    /// Makes a set from its bits.
    public init(rawValue: Int32) { self.rawValue = rawValue }
    /// 256-bit vectors.
    public static let avx2 = CPUFeatures(rawValue: 1)
    /// 512-bit vectors.
    public static let avx512 = CPUFeatures(rawValue: 2)
    /// bfloat16 dot products in 512-bit vectors.
    public static let avx512BF16 = CPUFeatures(rawValue: 4)
    /// bfloat16 matrix tiles.
    public static let amxBF16 = CPUFeatures(rawValue: 8)
    /// 8-bit integer dot products in 512-bit vectors.
    public static let avx512VNNI = CPUFeatures(rawValue: 16)
  }
  /// What this processor can do.
  public static var cpuFeatures: CPUFeatures { CPUFeatures(rawValue: spw_cpu_features()) }

  /// Whether bfloat16 arithmetic is faster than float32 on this processor.
  public static var hasFastBFloat16: Bool {
    !cpuFeatures.isDisjoint(with: [.avx512BF16, .amxBF16])
  }

  /// The number of threads libtorch uses for one operation.
  public static var threadCount: Int { Int(spw_thread_count()) }

  /// Sets the number of threads; call once, before the first operation.
  public static func setThreadCount(_ count: Int) throws(TensorError) {
    try check(spw_set_thread_count(Int32(count)))
  }
}
