import ArgumentParser
import SparrowCore

/// `sparrow doctor`: says whether everything is in place, and what to do when it is not.
struct DoctorCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check the machine, a model, a collection or a dataset.",
    discussion: """
      Each line says ok, warn or fail, what was found, and what to do about it. The exit code is 1 \
      when something fails.

      EXAMPLES:
        sparrow doctor
        sparrow doctor --model .models/splade-tiny --collection scifact
        sparrow doctor --dataset pairs.jsonl --json
      """)

  @Option(help: ArgumentHelp("Also check a model folder.", valueName: "dir"))
  var model: String?

  @Option(help: ArgumentHelp("Also check a collection in BEIR's layout.", valueName: "dir"))
  var collection: String?

  @Option(help: ArgumentHelp("Also check a training set (jsonl, csv, tsv).", valueName: "file"))
  var dataset: String?

  @OptionGroup var common: CommonOptions

  func run(in context: CommandContext) throws {
    try common.apply()
    var findings = MachineChecks(environment: context.environment).findings()
    if let model { findings += ModelCheck(folder: model).findings() }
    if let collection { findings += CollectionCheck(folder: collection).findings() }
    if let dataset { findings += DatasetCheck(file: dataset).findings() }
    try Task.checkCancellation()
    if common.json {
      try context.print([
        "version": .string(SparrowVersion.current),
        "findings": .array(findings.map(\.json)),
      ])
    } else {
      for finding in findings { try context.print(line(finding, context.style)) }
    }
    let failures = findings.count { $0.status == .fail }
    guard failures == 0 else {
      throw CommandError(
        .failure, failures == 1 ? "1 check failed." : "\(failures) checks failed.")
    }
  }

  private func line(_ finding: Finding, _ style: TerminalStyle) -> String {
    let mark =
      switch finding.status {
      case .ok: style.green("ok  ")
      case .warn: style.yellow("warn")
      case .fail: style.red("fail")
      }
    let advice = finding.advice.isEmpty ? "" : "\n      " + style.dim(finding.advice)
    return "\(mark)  \(finding.subject): \(finding.detail)\(advice)"
  }
}
