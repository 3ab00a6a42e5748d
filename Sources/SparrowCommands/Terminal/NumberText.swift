import Foundation

/// Numbers and times as people read them, the same in every locale.
enum NumberText {
  /// A count with commas between groups of three digits.
  static func count(_ value: Int) -> String {
    var digits = Array(String(value.magnitude))
    var position = digits.count - 3
    while position > 0 {
      digits.insert(",", at: position)
      position -= 3
    }
    return (value < 0 ? "-" : "") + String(digits)
  }

  /// A count of things, the last letter of whose plural is left off for one.
  static func count(_ value: Int, _ things: String) -> String {
    "\(count(value)) \(value == 1 ? String(things.dropLast()) : things)"
  }

  /// A number with a fixed number of decimals.
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    let scale = pow(10, Double(decimals))
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 1e15 else { return value.description }
    let digits = String(Int(scaled))
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + padded }
    return "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
  }

  /// A number as a power of ten with one decimal: `3.0e-05`.
  static func scientific(_ value: Double) -> String { String(format: "%.1e", value) }

  /// A share of 1 as whole percents.
  static func percent(_ share: Double) -> String { fixed(share * 100, 0) + "%" }

  /// How many things a second, with a decimal below ten.
  static func rate(_ perSecond: Double) -> String {
    perSecond < 10 ? fixed(perSecond, 1) : count(Int(perSecond.rounded()))
  }

  /// A duration in the two largest units that say something.
  static func duration(_ seconds: Double) -> String {
    if seconds < 10 { return "\(fixed(seconds, 1)) s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  /// A short duration in milliseconds.
  static func milliseconds(_ duration: Duration) -> String {
    "\(fixed(duration.seconds * 1000, 2)) ms"
  }

  /// A number of bytes in binary units.
  static func bytes(_ value: UInt64) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
    var amount = Double(value)
    var unit = 0
    while amount >= 1024, unit < units.count - 1 {
      amount /= 1024
      unit += 1
    }
    return unit == 0 ? "\(value) bytes" : "\(fixed(amount, 1)) \(units[unit])"
  }
}
