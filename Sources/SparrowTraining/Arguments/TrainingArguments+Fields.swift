import SparrowCore

extension TrainingArguments {
  /// Every argument in the order in which files list them.
  static let fields: [ArgumentField] = runFields + optimizerFields + batchFields + reportFields

  private static let runFields: [ArgumentField] = [
    .text("output_dir", \.outputFolder, "folder for checkpoints, logs and results"),
    .number("num_train_epochs", \.epochCount, in: 0..., "how often all rows are seen"),
    .custom(
      "max_steps", "optimiser steps; -1 follows from num_train_epochs",
      needs: "a whole number from 1, or -1"
    ) { arguments, value in
      guard let steps = value.int, steps >= 1 || steps == -1 else { return false }
      arguments.maximumSteps = steps == -1 ? nil : steps
      return true
    } write: {
      .integer(Int64($0.maximumSteps ?? -1))
    },
    .count("per_device_train_batch_size", \.trainBatchSize, from: 1, "rows of a training batch"),
    .count(
      "per_device_eval_batch_size", \.evaluationBatchSize, from: 1, "rows of an evaluation batch"),
    .count(
      "gradient_accumulation_steps", \.accumulationSteps, from: 1, "batches of one optimiser step"),
    .flag(
      "gather_across_accumulation", \.gathersAcrossAccumulation,
      "makes one batch for the loss of the batches of an optimiser step"),
    precisionField("bf16", .bfloat16, "computes in bfloat16"),
    precisionField("fp16", .float16, "computes in 16-bit floating point"),
    .custom("seed", "seed of weights, dropout and row order", needs: "a whole number from 0") {
      arguments, value in
      guard let seed = value.int, seed >= 0 else { return false }
      arguments.seed = UInt64(seed)
      return true
    } write: {
      .integer(Int64($0.seed))
    },
    .custom(
      "data_seed", "seed of the row order instead of seed", needs: "a whole number from 0, or null"
    ) { arguments, value in
      guard value.isNull || (value.int ?? -1) >= 0 else { return false }
      arguments.dataSeed = value.int.map(UInt64.init)
      return true
    } write: {
      $0.dataSeed.map { .integer(Int64($0)) } ?? .null
    },
  ]

  private static let optimizerFields: [ArgumentField] = [
    .custom(
      "optim", "the optimiser; there is AdamW alone", needs: "'adamw_torch_fused' or 'adamw_torch'"
    ) { _, value in
      ["adamw_torch_fused", "adamw_torch"].contains(value.string)
    } write: { _ in
      "adamw_torch_fused"
    },
    .number("learning_rate", \.learningRate, in: 0..., "learning rate"),
    .object(
      "learning_rate_mapping", \.learningRateMapping,
      "learning rates of parameters whose names match a pattern"),
    .number("weight_decay", \.weightDecay, in: 0..., "weight decay of AdamW"),
    .number("adam_beta1", \.adamBeta1, in: 0..., "decay of AdamW's first moment"),
    .number("adam_beta2", \.adamBeta2, in: 0..., "decay of AdamW's second moment"),
    .number("adam_epsilon", \.adamEpsilon, in: 0..., "addition to AdamW's denominator"),
    .number(
      "max_grad_norm", \.maximumGradientNorm, in: 0..., "length to clip gradients to; 0 does not"),
    .text("lr_scheduler_type", \.scheduleName, "learning-rate schedule"),
    .object("lr_scheduler_kwargs", \.scheduleOptions, "options of the schedule"),
    .interval("warmup_steps", \.warmup, "steps in which the rate rises; below 1 a share"),
  ]

  private static let batchFields: [ArgumentField] = [
    .choice("batch_sampler", \.batchSampling, "how rows are put into batches"),
    .choice(
      "multi_dataset_batch_sampler", \.multiDatasetSampling, "how several datasets take turns"),
    .flag("dataloader_drop_last", \.dropsLastBatch, "leaves out a last batch with fewer rows"),
    .count(
      "dataloader_prefetch_factor", \.prefetchCount, from: 0, "batches that are prepared ahead"),
    .custom(
      "prompts", "texts put before inputs: one, by column, or by dataset and column",
      needs: "a text, an object of texts, or an object of such objects"
    ) { arguments, value in
      func isTexts(_ value: JSONValue) -> Bool {
        value.string != nil
          || value.object?.values.allSatisfy { $0.string != nil } == true
      }
      guard
        value.isNull || isTexts(value) || value.object?.values.allSatisfy(isTexts) == true
      else { return false }
      arguments.prompts = value
      return true
    } write: {
      $0.prompts
    },
    .object("router_mapping", \.routerMapping, "routes by column, or by dataset and column"),
  ]

  private static let reportFields: [ArgumentField] = [
    .choice("eval_strategy", \.evaluationStrategy, "when the model is evaluated"),
    .custom(
      "eval_steps", "steps between evaluations; null takes logging_steps",
      needs: "a whole number of steps, a share below 1 of all steps, or null"
    ) { arguments, value in
      let interval = value.double.flatMap(StepInterval.init)
      guard value.isNull || interval != nil else { return false }
      arguments.evaluationSteps = interval
      return true
    } write: {
      $0.evaluationSteps?.json ?? .null
    },
    .number(
      "eval_delay", \.evaluationDelay, in: 0..., "epochs or steps before the first evaluation"),
    .flag("eval_on_start", \.evaluatesOnStart, "evaluates before the first step"),
    .choice("logging_strategy", \.loggingStrategy, "when a line is logged"),
    .interval("logging_steps", \.loggingSteps, "steps between log lines"),
    .flag("logging_first_step", \.logsFirstStep, "logs the first step"),
    .choice("save_strategy", \.saveStrategy, "when checkpoints are written"),
    .interval("save_steps", \.saveSteps, "steps between checkpoints"),
    .optionalCount("save_total_limit", \.saveLimit, from: 1, "the most checkpoints to keep"),
    .flag("save_only_model", \.savesOnlyModel, "leaves out what only resuming needs"),
    .flag("load_best_model_at_end", \.loadsBestModelAtEnd, "takes the best checkpoint at the end"),
    .optionalText("metric_for_best_model", \.bestMetric, "metric that decides what is best"),
    .optionalFlag("greater_is_better", \.greaterIsBetter, "whether a greater metric is better"),
    .optionalCount(
      "early_stopping_patience", \.earlyStoppingPatience, from: 1,
      "evaluations without progress after which training stops"),
    .number(
      "early_stopping_threshold", \.earlyStoppingThreshold, in: 0..., "least progress that counts"),
    .optionalText("run_name", \.runName, "name of the run in reports"),
    .custom(
      "report_to", "where scalars are reported besides the log file",
      needs: "'none', 'tensorboard', 'report', 'all' or a list of them"
    ) { arguments, value in
      let names = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
      guard !names.isEmpty || value.isNull || value.array?.isEmpty == true,
        names.allSatisfy({ reportTargetNames.contains($0) || $0 == "all" || $0 == "none" })
      else { return false }
      arguments.reportTargets =
        names.contains("all") ? reportTargetNames : names.filter { $0 != "none" }
      return true
    } write: {
      .array($0.reportTargets.map { .string($0) })
    },
    .flag(
      "ignore_data_skip", \.ignoresDataSkip, "starts the interrupted epoch again when resuming"),
  ]

  private static let reportTargetNames = ["tensorboard", "report"]

  private static func precisionField(
    _ name: String, _ precision: Precision, _ summary: String
  ) -> ArgumentField {
    .custom(name, summary, needs: "true or false") { arguments, value in
      guard let isOn = value.bool else { return false }
      if isOn {
        arguments.precision = precision
      } else if arguments.precision == precision {
        arguments.precision = .float32
      }
      return true
    } write: {
      .bool($0.precision == precision)
    }
  }
}
