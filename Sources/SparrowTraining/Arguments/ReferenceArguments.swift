/// Arguments of the reference that nothing here corresponds to, and why.
enum ReferenceArguments {
  /// Why an argument has no meaning here; nil when the reference has no such argument, or when it
  /// is one of ``TrainingArguments``.
  static func reason(_ name: String) -> String? {
    reasons.first { $0.names.contains(name) }?.reason
  }

  private static let reasons: [(names: Set<String>, reason: String)] = [
    (
      [
        "fsdp", "fsdp_config", "deepspeed", "ddp_backend", "ddp_find_unused_parameters",
        "ddp_bucket_cap_mb", "ddp_broadcast_buffers", "ddp_static_graph", "ddp_timeout",
        "local_rank", "accelerator_config", "parallelism_config", "log_on_each_node",
        "log_level_replica", "save_on_each_node", "average_tokens_across_devices",
        "eval_use_gather_object",
      ], "training runs in one process."
    ),
    (
      [
        "push_to_hub", "hub_model_id", "hub_strategy", "hub_token", "hub_private_repo",
        "hub_always_push", "hub_revision",
      ], "a finished model is uploaded by itself, not during training."
    ),
    (
      [
        "dataloader_num_workers", "dataloader_pin_memory", "dataloader_persistent_workers",
        "dataloader_multiprocessing_context", "dataloader_in_order",
      ], "one thread prepares batches; see 'dataloader_prefetch_factor'."
    ),
    (
      [
        "gradient_checkpointing", "gradient_checkpointing_kwargs", "activation_checkpointing",
        "activation_checkpointing_kwargs", "auto_find_batch_size", "torch_empty_cache_steps",
      ],
      "without padding activations are small, and CachedSpladeLoss bounds their memory for any batch."
    ),
    (
      [
        "torch_compile", "torch_compile_backend", "torch_compile_mode", "use_liger_kernel",
        "liger_kernel_config", "enable_jit_checkpoint",
      ], "nothing is compiled during a run."
    ),
    (
      ["optim_args", "optim_target_modules"], "there is AdamW alone; see 'adam_beta1' and others."
    ),
    (
      ["bf16_full_eval", "fp16_full_eval", "tf32", "use_cpu"],
      "the number format is chosen by 'bf16', and evaluators use the encoder's own."
    ),
    (
      ["remove_unused_columns", "label_names", "length_column_name"],
      "every column but the labels is an input, and labels are the first of the columns label, labels, score, scores; select and rename columns instead."
    ),
    (["train_sampling_strategy"], "batches are chosen by 'batch_sampler'."),
    (
      ["label_smoothing_factor", "use_cache", "neftune_noise_alpha"],
      "it is made for models that write text or classify."
    ),
    (
      [
        "prediction_loss_only", "include_for_metrics", "batch_eval_metrics",
        "eval_do_concat_batches", "eval_accumulation_steps",
      ], "evaluation computes the loss and the evaluators' metrics."
    ),
    (
      ["disable_tqdm", "log_level", "logging_dir", "skip_memory_metrics", "debug"],
      "the program that starts the training shows its progress; everything is written below 'output_dir'."
    ),
    (
      ["project", "trackio_space_id", "trackio_bucket_id", "trackio_static_space_id"],
      "reports go to files below 'output_dir'; see 'report_to'."
    ),
    (["include_num_input_tokens_seen"], "rows are counted, not tokens."),
    (
      ["logging_nan_inf_filter"],
      "a loss that is not a number stops the run, so that none is averaged away."
    ),
    (["full_determinism"], "runs on the processor always repeat."),
    (["restore_callback_states_from_checkpoint"], "a resumed run always restores callbacks."),
    (
      ["do_train", "do_eval", "do_predict", "resume_from_checkpoint", "overwrite_output_dir"],
      "it is said when training is started, for example with --resume."
    ),
  ]
}
