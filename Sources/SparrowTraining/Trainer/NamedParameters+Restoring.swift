import Foundation
import SparrowCore
import SparrowNN
import SparrowTensor

extension [NamedParameter] {
  /// Copies the values of parameters of the same names and shapes.
  ///
  /// - Throws: ``TrainingError/Code/invalidCheckpoint`` naming the first that does not fit.
  func takeValues(of saved: [NamedParameter], savedIn folder: URL) throws {
    let values = Dictionary(
      saved.map { ($0.name, $0.parameter.tensor) }, uniquingKeysWith: { first, _ in first })
    for member in self {
      let parameter = member.parameter
      guard let value = values[member.name], value.shape == parameter.tensor.shape else {
        throw TrainingError(
          .invalidCheckpoint,
          "The checkpoint has \(values[member.name].map { "shape \($0.shape)" } ?? "nothing") for a parameter of shape \(parameter.tensor.shape); it belongs to another model.",
          at: FileLocation(path: folder.path, item: member.name))
      }
      try withoutGradients { try parameter.tensor.copy(from: value) }
      parameter.invalidate()
    }
  }
}
