import SparrowCore
import SparrowData
import SparrowTraining
import Testing

@Suite struct TrainingArgumentsTests {
  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "nothing was thrown"
    } catch { return "\(error)" }
  }

  @Test func `defaults are the reference's`() {
    let json = TrainingArguments().json
    let expected: [(String, JSONValue)] = [
      ("num_train_epochs", 3.0), ("max_steps", -1), ("per_device_train_batch_size", 8),
      ("per_device_eval_batch_size", 8), ("gradient_accumulation_steps", 1), ("bf16", false),
      ("fp16", false), ("seed", 42), ("data_seed", nil), ("optim", "adamw_torch_fused"),
      ("learning_rate", 5e-5), ("weight_decay", 0.0), ("adam_beta1", 0.9), ("adam_beta2", 0.999),
      ("adam_epsilon", 1e-8), ("max_grad_norm", 1.0), ("lr_scheduler_type", "linear"),
      ("warmup_steps", 0), ("batch_sampler", "batch_sampler"),
      ("multi_dataset_batch_sampler", "proportional"), ("dataloader_drop_last", false),
      ("eval_strategy", "no"), ("eval_steps", nil), ("logging_strategy", "steps"),
      ("logging_steps", 500), ("logging_first_step", false), ("save_strategy", "steps"),
      ("save_steps", 500), ("save_total_limit", nil), ("load_best_model_at_end", false),
      ("metric_for_best_model", nil), ("greater_is_better", nil),
    ]
    for (name, value) in expected { #expect(json[name] == value, "\(name)") }
    #expect(TrainingArguments().nonDefaultJSON.isEmpty)
  }

  @Test func `arguments read back what they wrote`() throws {
    var arguments = TrainingArguments()
    for (name, text) in [
      ("output_dir", "123"), ("num_train_epochs", "0.5"), ("max_steps", "10"), ("bf16", "True"),
      ("learning_rate", "2e-5"), ("warmup_steps", "0.1"), ("batch_sampler", "NO_DUPLICATES"),
      ("eval_strategy", "steps"), ("eval_steps", "0.2"), ("save_total_limit", "2"),
      ("prompts", #"{"query": "search: "}"#), ("router_mapping", #"{"query": "query"}"#),
      ("learning_rate_mapping", #"{"head": 0.001}"#), ("lr_scheduler_type", "cosine"),
      ("lr_scheduler_kwargs", #"{"num_cycles": 1}"#), ("metric_for_best_model", "ndcg@10"),
      ("greater_is_better", "true"), ("data_seed", "7"), ("report_to", "all"),
      ("early_stopping_patience", "3"), ("run_name", "first"),
    ] {
      try arguments.set(name, text: text)
    }
    #expect(arguments.outputFolder == "123")
    #expect(arguments.precision == .bfloat16)
    #expect(arguments.warmup == .share(0.1))
    #expect(arguments.batchSampling == .noDuplicates)
    #expect(arguments.reportTargets == ["tensorboard", "report"])
    #expect(try TrainingArguments(arguments.json) == arguments)
    #expect(try TrainingArguments(arguments.nonDefaultJSON) == arguments)
    #expect(arguments.nonDefaultJSON.count == 21)
  }

  @Test func `a share of warm-up steps may be called warmup_ratio`() throws {
    let object = JSONObject([("warmup_ratio", 0.1)])
    #expect(try TrainingArguments(object).warmup == .share(0.1))
    #expect(StepInterval.share(0.25).count(ofTotal: 6) == 2)
    #expect(StepInterval.steps(5).count(ofTotal: 6) == 5)
  }

  @Test(arguments: [
    ("learning_rat", "1", "Did you mean 'learning_rate'?"),
    ("lerning_rate", "1", "Did you mean 'learning_rate'?"),
    ("train_batch_size", "1", "There is no argument 'train_batch_size'."),
    ("warmup_ration", "0.1", "Did you mean 'warmup_ratio'?"),
    ("zzz", "1", "There is no argument 'zzz'."),
    ("gradient_checkpointing", "true", "has no meaning here"),
    ("fsdp", "full", "one process"),
    ("num_train_epochs", "three", "needs a number from 0.0; found \"three\""),
    ("learning_rate", "-1", "needs a number from 0"),
    ("learning_rate", "nan", "needs a number from 0"),
    ("max_steps", "0", "needs a whole number from 1, or -1"),
    ("per_device_train_batch_size", "0", "needs a whole number from 1"),
    ("per_device_train_batch_size", "1.5", "needs a whole number from 1"),
    ("seed", "-1", "needs a whole number from 0"),
    ("bf16", "maybe", "needs true or false"),
    ("batch_sampler", "noduplicates", "'no_duplicates'"),
    ("eval_strategy", "epochs", "one of 'no', 'steps', 'epoch'"),
    ("logging_steps", "1.5", "a share below 1"),
    ("warmup_ratio", "2", "below 1"),
    ("report_to", "wandb", "'tensorboard'"),
    ("prompts", "3", "a text"),
    ("optim", "sgd", "'adamw_torch_fused'"),
    ("lr_scheduler_kwargs", "2", "an object"),
  ])
  func `what makes no sense is refused`(name: String, text: String, reason: String) {
    let found = message {
      var arguments = TrainingArguments()
      try arguments.set(name, text: text)
    }
    #expect(found.contains(reason), "\(found)")
  }

  @Test func `arguments that contradict each other are refused`() {
    func check(
      _ members: [(String, JSONValue)], data: Bool = false, evaluator: Bool = false
    ) -> String {
      message {
        try TrainingArguments(JSONObject(members)).validate(
          hasEvaluationData: data, hasEvaluator: evaluator)
      }
    }
    #expect(check([]) == "nothing was thrown")
    #expect(check([("bf16", true), ("fp16", true)]).contains("'bf16' and 'fp16'"))
    #expect(
      check([("warmup_ratio", 0.1), ("warmup_steps", 5)]).contains("'warmup_ratio' and 'warmup"))
    #expect(check([("eval_strategy", "epoch")]).contains("nothing to evaluate with"))
    #expect(check([("eval_strategy", "epoch")], evaluator: true) == "nothing was thrown")
    #expect(check([("eval_on_start", true)]).contains("nothing to evaluate with"))
    #expect(check([("logging_steps", 0)]).contains("'logging_steps' must be above 0"))
    #expect(check([("save_steps", 0)]).contains("'save_steps' must be above 0"))
    #expect(
      check([("eval_strategy", "steps"), ("eval_steps", 0)], data: true)
        .contains("'eval_steps' must be above 0"))
    #expect(check([("num_train_epochs", 0)]).contains("'num_train_epochs' must be above 0"))
    #expect(check([("adam_beta1", 1)]).contains("'adam_beta1' must be below 1"))
    #expect(check([("save_strategy", "best")]).contains("'save_strategy' is 'best'"))
    #expect(check([("early_stopping_patience", 1)]).contains("'early_stopping_patience' needs"))
    #expect(check([("load_best_model_at_end", true)]).contains("'eval_strategy' is 'no'"))
    #expect(
      check([("load_best_model_at_end", true), ("eval_strategy", "epoch")], data: true)
        .contains("differs from 'eval_strategy'"))
    #expect(
      check(
        [
          ("load_best_model_at_end", true), ("eval_strategy", "steps"), ("eval_steps", 4),
          ("save_steps", 6),
        ], data: true
      ).contains("no multiple of 'eval_steps'"))
    #expect(
      check(
        [
          ("load_best_model_at_end", true), ("eval_strategy", "steps"), ("eval_steps", 0.1),
          ("save_steps", 0.3),
        ], data: true) == "nothing was thrown")
    #expect(
      check([("lr_scheduler_type", "reduce_lr_on_plateau")]).contains("which follows evaluations"))
    #expect(
      check(
        [
          ("lr_scheduler_type", "reduce_lr_on_plateau"), ("eval_strategy", "epoch"),
          ("lr_scheduler_kwargs", ["patients": 3]),
        ], data: true
      ).contains("Did you mean 'patience'?"))
    #expect(check([("lr_scheduler_type", "liner")]).contains("no learning-rate schedule 'liner'"))
    #expect(
      check([("learning_rate_mapping", ["head": "fast"])]).contains("number from 0 for the pattern")
    )
  }

  /// Every argument of transformers 5.23.0 and sentence-transformers 6.2.0.
  private static let referenceNames = """
    output_dir per_device_train_batch_size num_train_epochs max_steps learning_rate
    lr_scheduler_type lr_scheduler_kwargs warmup_steps optim optim_args weight_decay adam_beta1
    adam_beta2 adam_epsilon optim_target_modules gradient_accumulation_steps
    average_tokens_across_devices max_grad_norm label_smoothing_factor bf16 fp16 bf16_full_eval
    fp16_full_eval tf32 activation_checkpointing activation_checkpointing_kwargs
    gradient_checkpointing gradient_checkpointing_kwargs torch_compile torch_compile_backend
    torch_compile_mode use_liger_kernel liger_kernel_config use_cache neftune_noise_alpha
    torch_empty_cache_steps auto_find_batch_size logging_strategy logging_steps
    logging_first_step log_on_each_node logging_nan_inf_filter include_num_input_tokens_seen
    log_level log_level_replica disable_tqdm report_to run_name project trackio_space_id
    trackio_bucket_id trackio_static_space_id eval_strategy eval_steps eval_delay
    per_device_eval_batch_size prediction_loss_only eval_on_start eval_do_concat_batches
    eval_use_gather_object eval_accumulation_steps include_for_metrics batch_eval_metrics
    save_only_model save_strategy save_steps save_on_each_node save_total_limit
    enable_jit_checkpoint push_to_hub hub_token hub_private_repo hub_model_id hub_strategy
    hub_always_push hub_revision load_best_model_at_end metric_for_best_model greater_is_better
    ignore_data_skip restore_callback_states_from_checkpoint full_determinism seed data_seed
    use_cpu accelerator_config parallelism_config dataloader_drop_last dataloader_num_workers
    dataloader_pin_memory dataloader_persistent_workers dataloader_prefetch_factor
    dataloader_multiprocessing_context dataloader_in_order remove_unused_columns label_names
    train_sampling_strategy length_column_name ddp_find_unused_parameters ddp_bucket_cap_mb
    ddp_broadcast_buffers ddp_static_graph ddp_backend ddp_timeout fsdp fsdp_config deepspeed
    debug skip_memory_metrics do_train do_eval do_predict resume_from_checkpoint local_rank
    prompts batch_sampler multi_dataset_batch_sampler router_mapping learning_rate_mapping
    warmup_ratio
    """

  @Test func `every argument of the reference is taken or explained`() {
    let names = Self.referenceNames.split(whereSeparator: \.isWhitespace).map(String.init)
    #expect(names.count > 100)
    for name in names
    where name != "warmup_ratio" && !TrainingArguments.argumentNames.contains(name) {
      let found = message {
        var arguments = TrainingArguments()
        try arguments.set(name, text: "1")
      }
      #expect(found.contains("has no meaning here"), "\(name): \(found)")
    }
  }

  @Test func `every argument has a summary`() {
    #expect(TrainingArguments.argumentSummaries.allSatisfy { !$0.summary.isEmpty })
    #expect(Set(TrainingArguments.argumentNames).count == TrainingArguments.argumentNames.count)
  }
}
