import CTorchShim

/// Where a tensor's memory lies.
public struct Device: Sendable, Hashable, CustomStringConvertible {
  /// The kinds of device that can be asked for.
  public enum Kind: Int32, Sendable, Hashable, CaseIterable {
    case cpu = 0
    case cuda = 1
    case mps = 13
  }

  /// The kind of device.
  public let kind: Kind
  /// Which one of its kind, from 0.
  public let index: Int

  /// Makes a device.
  public init(_ kind: Kind, index: Int = 0) {
    self.kind = kind
    self.index = index
  }

  /// The processor's own memory.
  public static let cpu = Device(.cpu)

  /// Whether this libtorch and this machine can use the device.
  public var isAvailable: Bool { spw_device_is_available(kind.rawValue) == 1 }

  /// The fastest device that can be used: CUDA, then MPS, then the processor.
  public static var best: Device {
    for kind in [Kind.cuda, .mps] where Device(kind).isAvailable { return Device(kind) }
    return .cpu
  }

  /// The device as libtorch spells it, for example "cuda:0".
  public var description: String {
    switch kind {
    case .cpu: "cpu"
    case .cuda: "cuda:\(index)"
    case .mps: "mps"
    }
  }
}
