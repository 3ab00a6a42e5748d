"""Shows what bf16 costs in quality: the same trainings and measurements in fp32 and in bf16.

usage: precision.py [--seeds 1,2,3] [--pairs 6400] [--shared DIR] [--save]

First nDCG@10 of splade-tiny on SciFact (test, 256 tokens), computed in both formats. Then
splade-tiny is trained for one epoch on pairs of tldr_pages (train split) with each seed in both
formats, and measured in fp32 on the dev split. The last lines are one JSON object a row.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

import results
from compare import ROOT, model_folder

SPARROW = os.path.join(ROOT, ".build", "release", "sparrow")
METRIC = "dot_ndcg@10"


def sparrow(*arguments):
    result = subprocess.run([SPARROW, *arguments], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"sparrow {' '.join(arguments)} failed:\n{result.stderr}")
    return result.stdout


def quality(model, collection, split, length, precision):
    """nDCG@10 of a model on a split of a collection."""
    report = json.loads(sparrow(
        "evaluate", "--model", model, "--collection", collection, "--split", split,
        "--max-length", str(length), "--precision", precision, "--json", "--quiet"))
    found = [value for key, value in report.items() if key.endswith(METRIC)]
    if len(found) != 1:
        sys.exit(f"expected one {METRIC} in the report, found the keys {sorted(report)}")
    return found[0]


def write_pairs(collection, path, count):
    """The first pairs of the train split, in the judgments' order."""
    texts = {}
    for name in ["queries", "corpus"]:
        with open(os.path.join(collection, f"{name}.jsonl"), encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                texts[name, row["_id"]] = f"{row.get('title', '')} {row['text']}".strip()
    with open(os.path.join(collection, "qrels", "train.tsv"), encoding="utf-8") as lines, \
            open(path, "w", encoding="utf-8") as output:
        next(lines)
        for _, line in zip(range(count), lines):
            query, document, _ = line.split("\t")
            output.write(json.dumps({
                "query": texts["queries", query], "document": texts["corpus", document]}) + "\n")


def train(pairs, seed, precision, output):
    """Trains for one epoch and returns the folder of the model."""
    sparrow("train", "--model", model_folder("splade-tiny"), "--train-dataset", pairs,
            "--output-dir", output, "--num-train-epochs", "1",
            "--per-device-train-batch-size", "64", "--learning-rate", "5e-4",
            "--warmup-ratio", "0.1", "--batch-sampler", "no_duplicates",
            "--set", "loss.document_regularizer_weight=3e-3",
            "--set", "loss.query_regularizer_weight=3e-3", "--set", "model.max_seq_length=128",
            "--set", f"bf16={'true' if precision == 'bf16' else 'false'}",
            "--set", "save_strategy=no", "--seed", str(seed), "--quiet")
    return os.path.join(output, "final")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--pairs", type=int, default=6400)
    parser.add_argument("--shared", default=os.path.join(os.path.dirname(ROOT), "shared"))
    parser.add_argument("--save", action="store_true", help="write the rows to RESULTS.md")
    options = parser.parse_args()
    scifact = os.path.join(options.shared, "data", "scifact")
    tldr = os.path.join(options.shared, "data", "tldr_pages")
    rows, notes = [], []
    for precision in ["fp32", "bf16"]:
        value = quality(model_folder("splade-tiny"), scifact, "test", 256, precision)
        rows.append({"name": "inference, SciFact test", "precision": precision, "ndcg@10": value})
        print(f"splade-tiny on SciFact in {precision}: nDCG@10 {value:.4f}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        pairs = os.path.join(folder, "pairs.jsonl")
        write_pairs(tldr, pairs, options.pairs)
        before = quality(model_folder("splade-tiny"), tldr, "dev", 128, "fp32")
        print(f"before training, tldr_pages dev: nDCG@10 {before:.4f}", flush=True)
        for precision in ["fp32", "bf16"]:
            values = []
            for seed in options.seeds.split(","):
                model = train(pairs, seed, precision, os.path.join(folder, precision + seed))
                values.append(quality(model, tldr, "dev", 128, "fp32"))
                rows.append({"name": "training, tldr_pages dev", "precision": precision,
                             "seed": int(seed), "ndcg@10": values[-1]})
                print(f"trained in {precision}, seed {seed}: nDCG@10 {values[-1]:.4f}", flush=True)
            spread = statistics.stdev(values) if len(values) > 1 else 0
            notes.append(f"Trained in {precision}: mean {statistics.mean(values):.4f}, "
                         f"standard deviation {spread:.4f}.")
            print(notes[-1], flush=True)
    if options.save:
        results.save("precision", results.machine(), rows, " ".join(notes))
    for row in rows:
        print(json.dumps(row))


if __name__ == "__main__":
    sys.exit(main())
