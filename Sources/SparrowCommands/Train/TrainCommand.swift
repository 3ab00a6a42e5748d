import ArgumentParser
import Foundation
import SparrowCore
import SparrowData
import SparrowModels
import SparrowTraining

/// `sparrow train`: trains a model as a recipe says.
struct TrainCommand: ContextualCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train or fine-tune a model on pairs, triplets or teacher scores.",
    usage: "sparrow train [<recipe.yaml>] [--set <key=value> ...] [--<key> <value> ...] [--resume]",
    discussion: """
      A recipe is a YAML file; everything in it can also be given as an option, `--learning-rate \
      2e-5` or `--loss.document-regularizer-weight 1e-4`, and options win. Ctrl-C writes a checkpoint; \
      --resume goes on from the last one as if nothing had happened. The trained model is saved in \
      OUTPUT_DIR/final.

      EXAMPLES:
        sparrow train recipe.yaml
        sparrow train recipe.yaml --set num_train_epochs=3 --set output_dir=longer
        sparrow train recipe.yaml --resume
        sparrow train --model .models/splade-tiny --train-dataset pairs.jsonl --output-dir out \\
          --num-train-epochs 1 --learning-rate 1e-4 --batch-sampler no_duplicates --bf16

      A RECIPE:
        model: .models/splade-tiny            # or {path: …, max_seq_length: 128}
        train_dataset: pairs.jsonl            # .jsonl, .csv, .tsv, each also .gz
        evaluator: {collection: mine, split: dev}
        loss: {document_regularizer_weight: 3e-5, query_regularizer_weight: 5e-5}
        output_dir: out
        num_train_epochs: 1

      KEYS (docs/recipes.md has them all):
      \(RecipeKeys.helpText)
      """)

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Set a key of the recipe; dots lead into sections.", valueName: "key=value"))
  var assignments: [String] = []

  @Flag(help: "Go on from the last checkpoint in the output folder.")
  var resume = false

  @OptionGroup var common: CommonOptions

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp("A recipe in YAML, and keys of it as options.", valueName: "recipe.yaml"))
  var words: [String] = []

  func validate() throws {
    let arguments = try RecipeArguments(words: words, assignments: assignments)
    guard arguments.file != nil || !arguments.settings.isEmpty else {
      throw ValidationError(
        "There is nothing to train. Give a recipe, or at least --model and --train-dataset.")
    }
  }

  func run(in context: CommandContext) throws {
    try common.apply()
    let arguments = try RecipeArguments(words: words, assignments: assignments)
    let file = try arguments.file.map { try RecipeFile(contentsOf: URL(fileURLWithPath: $0)) }
    var object = file?.object ?? JSONObject()
    for (key, value) in arguments.settings {
      try TrainingRecipe.set(key, text: value, in: &object)
    }
    // Checked as it is written before anything is downloaded.
    let written = try located(in: file) { try TrainingRecipe(object) }
    let output = URL(fileURLWithPath: written.arguments.outputFolder, isDirectory: true)
    try checkOutput(output)

    let progress = ProgressDisplay(context, isQuiet: common.quiet)
    defer { progress.finish() }
    let places = RecipePlaces(NamedFolders(context, progress: progress.reporter))
    let recipe = try TrainingRecipe(places.resolved(object))
    let display = TrainingDisplay(context, progress, isJSON: common.json)
    let prepared = try located(in: file) {
      try recipe.prepare(callbacks: [display], progress: progress.reporter)
    }
    for warning in prepared.warnings {
      context.warn("\(written.model.path): \(warning)")
    }
    let summary = try train(prepared.trainer, context)
    progress.finish()
    let final = output.appendingPathComponent("final", isDirectory: true)
    try prepared.encoder.save(to: final)
    var card = try prepared.trainer.modelCard()
    let isOnHub = recipe.model.path != written.model.path
    card.baseModel =
      isOnHub ? written.model.path : URL(fileURLWithPath: recipe.model.path).lastPathComponent
    try card.write(to: final)
    try AtomicFile.write(
      JSONValue.object(object).data(JSONFormat(indent: 2, escapesNonASCII: false)),
      to: output.appendingPathComponent("recipe.json"))
    try tell(summary, recipe.arguments.outputFolder + "/final", context)
  }

  /// Trains, and says how to go on when that was cancelled.
  private func train(_ trainer: Trainer, _ context: CommandContext) throws -> TrainingSummary {
    do {
      return try trainer.train(resume ? .lastCheckpoint : .fresh)
    } catch let error as TrainingError where error.code == .cancelled {
      throw CommandError(
        .cancelled, error.message + " The same command with --resume goes on from there.",
        at: error.location)
    }
  }

  /// Refuses to mix a new run with the checkpoints of an older one.
  private func checkOutput(_ output: URL) throws {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: output.path)) ?? []
    guard !resume, let checkpoint = names.sorted().first(where: { $0.hasPrefix("checkpoint-") })
    else { return }
    throw CommandError(
      .usage,
      "The folder has checkpoints of an earlier run (\(checkpoint)). Add --resume to go on from the last one, or choose another output_dir.",
      at: FileLocation(path: output.path))
  }

  /// Adds file and line to an error of the recipe.
  private func located<Result>(in file: RecipeFile?, _ body: () throws -> Result) throws -> Result {
    guard let file else { return try body() }
    return try file.locating(body)
  }

  private func tell(
    _ summary: TrainingSummary, _ folder: String, _ context: CommandContext
  ) throws {
    let seconds = summary.duration.seconds
    guard !common.json else {
      try context.print(
        JSONValue.object(
          JSONObject([
            ("output", .string(folder)), ("steps", .integer(Int64(summary.stepCount))),
            ("epoch", .number(summary.epoch)), ("train_loss", .number(summary.meanLoss)),
            ("seconds", .number(seconds)), ("rows", .integer(Int64(summary.rowCount))),
            ("best_metric", summary.bestMetric.map { .number($0) } ?? .null),
          ])
        ).text(.compact))
      return
    }
    let rate = NumberText.rate(Double(summary.rowCount) / max(seconds, 1e-9))
    try context.print(
      "Trained \(NumberText.count(summary.stepCount)) steps in \(NumberText.duration(seconds)), \(rate) rows/s. Saved \(folder)."
    )
  }
}
