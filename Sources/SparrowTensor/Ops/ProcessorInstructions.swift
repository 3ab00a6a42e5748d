import CTorchShim

/// Which vector instructions the kernels of the current thread use.
package enum ProcessorInstructions {
  /// 0 baseline, 1 AVX2, 2 AVX-512, 3 with products of bytes, 4 with products of bfloat16, 5 with
  /// tiles of bfloat16.
  package static var level: Int { Int(spw_instructions()) }

  /// This thread's operations use at most this level from now on, so that tests reach every
  /// kernel.
  package static func limit(to level: Int) {
    precondition(spw_limit_instructions(Int32(clamping: level)) == 0, "a level is at least 0")
  }
}
