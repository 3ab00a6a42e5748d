"""Runs the first reproduction in sentence-transformers: the same rows in the same order, arguments,
and seed, for `scripts/reproduce tldr-short` to be compared with.

Reads Reproductions/tldr.yaml, trains for 120 steps without evaluating, saves the model, and prints wall time, processor
time and peak memory as JSON. The saved folder is then measured by the same program as Sparrow's:

    .peers/bin/python Tools/reproduce_reference.py --data ../shared/data --output reference-tldr
    .build/release/sparrow evaluate --model reference-tldr --collection ../shared/data/tldr_pages \\
        --max-length 128

Needs the peer environment (make peers) with Tools/requirements-training.txt. Sparrow's side with the same work:

    scripts/reproduce tldr-short
"""

import argparse
import json
import resource
import time
from pathlib import Path

import torch
import yaml
from datasets import Dataset
from datasets.table import InMemoryTable
from sentence_transformers import (
    SparseEncoder, SparseEncoderTrainer, SparseEncoderTrainingArguments)
from sentence_transformers.base.sampler import BatchSamplers
from sentence_transformers.sparse_encoder.losses import (
    SparseMultipleNegativesRankingLoss, SpladeLoss)

ROOT = Path(__file__).resolve().parent.parent


def rows(path):
    """The objects of a JSON lines file."""
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def pairs(folder, split):
    """The judged pairs of a collection, in the order of the queries' file and of document ids."""
    documents = {
        row["_id"]: f"{row.get('title', '')} {row['text']}".strip()
        for row in rows(folder / "corpus.jsonl")}
    relevant = {}
    with open(folder / "qrels" / f"{split}.tsv", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            query, document, grade = line.rstrip("\n").split("\t")
            if int(grade) > 0:
                relevant.setdefault(query, []).append(document)
    found = [
        (row["text"], documents[document])
        for row in rows(folder / "queries.jsonl")
        for document in sorted(relevant.get(row["_id"], []))]
    table = InMemoryTable.from_pydict({
        "query": [query for query, _ in found], "document": [text for _, text in found]})
    # A given fingerprint spares hashing the table, which not every pyarrow lets itself be.
    return Dataset(table, fingerprint=f"{folder.name}-{split}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of data sets")
    parser.add_argument("--output", type=Path, required=True, help="the folder for the model")
    parser.add_argument("--steps", type=int, default=120, help="optimiser steps")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    recipe = yaml.safe_load((ROOT / "Reproductions/tldr.yaml").read_text(encoding="utf-8"))

    dataset = pairs(options.data / "tldr_pages", recipe["train_dataset"]["split"])
    model = SparseEncoder(str(ROOT / recipe["model"]["path"]))
    model.max_seq_length = recipe["model"]["max_seq_length"]
    loss = SpladeLoss(
        model, SparseMultipleNegativesRankingLoss(model),
        document_regularizer_weight=float(recipe["loss"]["document_regularizer_weight"]),
        query_regularizer_weight=float(recipe["loss"]["query_regularizer_weight"]))
    arguments = SparseEncoderTrainingArguments(
        output_dir=str(options.output) + ".checkpoints",
        num_train_epochs=recipe["num_train_epochs"],
        max_steps=options.steps,
        per_device_train_batch_size=recipe["per_device_train_batch_size"],
        learning_rate=float(recipe["learning_rate"]), warmup_steps=recipe["warmup_ratio"],
        batch_sampler=BatchSamplers.NO_DUPLICATES, bf16=recipe["bf16"], seed=recipe["seed"],
        use_cpu=True, save_strategy="no", eval_strategy="no", report_to="none",
        logging_steps=recipe["logging_steps"], disable_tqdm=True)
    trainer = SparseEncoderTrainer(model, arguments, train_dataset=dataset, loss=loss)
    start, processor = time.monotonic(), time.process_time()
    trainer.train()
    seconds, processor = time.monotonic() - start, time.process_time() - processor
    model.save_pretrained(str(options.output), create_model_card=False)
    print(json.dumps({
        "rows": len(dataset), "steps": trainer.state.global_step, "seconds": round(seconds, 1),
        "processor_seconds": round(processor, 1),
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    main()
