public import SparrowCore
public import SparrowData
import SparrowModels

/// How a model is trained: everything but the model, the data, the loss and the evaluator.
///
/// Names in files are the reference's (``argumentNames`` lists them), and so are the defaults.
///
/// ```swift
/// var arguments = TrainingArguments()
/// try arguments.set("learning_rate", text: "2e-5")
/// arguments.trainBatchSize = 32
/// try arguments.validate(hasEvaluationData: false, hasEvaluator: true)
/// ```
public struct TrainingArguments: Sendable, Hashable {
  /// When something that happens repeatedly during training is due.
  public enum Strategy: String, Sendable, Hashable, CaseIterable {
    /// Never.
    case never = "no"
    /// Every so many optimiser steps.
    case steps
    /// At the end of every epoch.
    case epoch
  }

  /// When checkpoints are written.
  public enum SaveStrategy: String, Sendable, Hashable, CaseIterable {
    /// Never.
    case never = "no"
    /// Every so many optimiser steps, and after the last one.
    case steps
    /// At the end of every epoch.
    case epoch
    /// When an evaluation is better than all before.
    case best
  }

  /// The number format of forward and backward passes; weights stay in float32.
  public enum Precision: String, Sendable, Hashable, CaseIterable {
    /// 32-bit floating point.
    case float32 = "fp32"
    /// bfloat16.
    case bfloat16 = "bf16"
    /// 16-bit floating point, with gradients scaled against underflow.
    case float16 = "fp16"
  }

  // What is trained, how long.

  /// The folder for checkpoints, logs and evaluation results.
  public var outputFolder = "trainer_output"
  /// How often all rows are seen, possibly a fraction; 3 by default.
  public var epochCount = 3.0
  /// Optimiser steps, for which epochs repeat as needed; nil, the default, follows from epochs.
  public var maximumSteps: Int?
  /// Rows of a training batch, 8 by default.
  public var trainBatchSize = 8
  /// Rows of an evaluation batch, 8 by default.
  public var evaluationBatchSize = 8
  /// Batches whose gradients are added up for one optimiser step, 1 by default.
  public var accumulationSteps = 1
  /// Whether the batches of an optimiser step make one batch for the loss; false by default.
  ///
  /// Queries then compete with the documents of all of them, which plain accumulation does not do.
  /// With ``CachedSpladeLoss`` this needs no more memory for activations.
  public var gathersAcrossAccumulation = false
  /// The number format of forward and backward passes, float32 by default.
  public var precision = Precision.float32
  /// Seeds weights that start fresh, dropout and the order of rows; 42 by default.
  public var seed: UInt64 = 42
  /// Seeds the order of rows instead of ``seed``; nil by default.
  public var dataSeed: UInt64?

  // The optimiser.

  /// The learning rate, 5e-5 by default.
  public var learningRate = 5e-5
  /// Learning rates for parameters whose names match a regular expression; none by default.
  public var learningRateMapping = JSONObject()
  /// AdamW's weight decay, 0 by default.
  public var weightDecay = 0.0
  /// AdamW's decay of the first moment, 0.9 by default.
  public var adamBeta1 = 0.9
  /// AdamW's decay of the second moment, 0.999 by default.
  public var adamBeta2 = 0.999
  /// AdamW's addition to the denominator, 1e-8 by default.
  public var adamEpsilon = 1e-8
  /// The length within which gradients are kept, 1 by default; 0 switches clipping off.
  public var maximumGradientNorm = 1.0
  /// The name of the learning-rate schedule, `linear` by default.
  public var scheduleName = "linear"
  /// Options of the learning-rate schedule.
  public var scheduleOptions = JSONObject()
  /// Steps in which the learning rate rises from 0, none by default.
  public var warmup = StepInterval.steps(0)

  // Batches.

  /// How rows are put into batches, shuffled by default.
  public var batchSampling = BatchSampling.shuffled
  /// How several datasets take turns, in proportion to their size by default.
  public var multiDatasetSampling = MultiDatasetSampling.proportional
  /// Whether a last batch with fewer rows is left out; false by default.
  public var dropsLastBatch = false
  /// Batches that are tokenised ahead on another thread, 2 by default.
  ///
  /// 0 prepares each when it is needed. Results do not depend on it.
  public var prefetchCount = 2
  /// Texts put before inputs: one for all columns, by column, or by dataset and column.
  public var prompts: JSONValue = .null
  /// Routes of a router by column, or by dataset and column.
  public var routerMapping = JSONObject()

  // Evaluation, logs, checkpoints.

  /// When the model is evaluated; never by default.
  public var evaluationStrategy = Strategy.never
  /// Steps between evaluations; nil, the default, takes ``loggingSteps``.
  public var evaluationSteps: StepInterval?
  /// Epochs or steps, as the strategy counts, before the first evaluation; 0 by default.
  public var evaluationDelay = 0.0
  /// Whether the model is evaluated before the first step; false by default.
  public var evaluatesOnStart = false
  /// When a line is logged; every so many steps by default.
  public var loggingStrategy = Strategy.steps
  /// Steps between log lines, 500 by default.
  public var loggingSteps = StepInterval.steps(500)
  /// Whether the first step is logged; false by default.
  public var logsFirstStep = false
  /// When checkpoints are written; every so many steps by default.
  public var saveStrategy = SaveStrategy.steps
  /// Steps between checkpoints, 500 by default.
  public var saveSteps = StepInterval.steps(500)
  /// The most checkpoints that are kept; nil, the default, keeps all.
  public var saveLimit: Int?
  /// Leaves out what only resuming needs (optimiser, random numbers); false by default.
  public var savesOnlyModel = false
  /// Whether the best checkpoint's weights are taken at the end; false by default.
  public var loadsBestModelAtEnd = false
  /// The metric that decides which checkpoint is best; nil takes the evaluation loss.
  public var bestMetric: String?
  /// Whether a greater metric is better; nil means: unless its name ends in `loss`.
  public var greaterIsBetter: Bool?
  /// Stops after so many evaluations without progress; nil, the default, does not.
  public var earlyStoppingPatience: Int?
  /// The least improvement that counts as progress, 0 by default.
  public var earlyStoppingThreshold = 0.0
  /// The name of the run in reports; nil takes the output folder's.
  public var runName: String?
  /// Where scalars are reported besides the log file: `tensorboard`, `report`; none by default.
  public var reportTargets: [String] = []
  /// Starts the interrupted epoch again when resuming, from its first batch; false by default.
  public var ignoresDataSkip = false

  /// Makes arguments with the reference's defaults.
  public init() {}
}
