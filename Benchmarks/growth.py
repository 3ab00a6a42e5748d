"""Measures how a training step grows with its texts, and draws it as growth.svg.

usage: growth.py [--model NAME] [--batches 8,16,…] [--lengths 32,64,…] [--vocabularies 30522,…]
                 [--save]

Steps in bf16 on pairs of SciFact, each measured in a process of its own: batches of 8 to 512 pairs
at 128 tokens, batches of 32 pairs cut at 32 to 512 tokens, and vocabularies of 30,522 to 250,000
terms. A line is fitted through time against
real tokens, and another through time against the tokens that padding to the longest text would
make of them. The last lines are one JSON object a measurement.
"""

import argparse
import json
import os
import sys

import chart
import results
from compare import ROOT, model_folder, run
from widen import widen


def fit(points):
    """Least squares: slope, intercept, and the share of the variance it explains."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    intercept = mean_y - slope * mean_x
    unexplained = sum((y - slope * x - intercept) ** 2 for x, y in points)
    return slope, intercept, 1 - unexplained / sum((y - mean_y) ** 2 for _, y in points)


def with_vocabulary(model, rows):
    """The folder of the model with so many terms; made when it is not there."""
    folder = model_folder(model)
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        if json.load(file)["vocab_size"] == rows:
            return folder
    wide = f"{folder}-{rows}-terms"
    if not os.path.isdir(wide):
        widen(folder, rows, wide)
    return wide


def measure(folder, collection, pairs, length, rounds):
    bench = os.path.join(ROOT, ".build", "release", "sparrow-bench")
    row = run([bench, "train", "--model", folder, "--collection", collection,
               "--count", str(pairs), "--max-length", str(length), "--rounds", str(rounds),
               "--warmups", "1", "--precision", "bf16"])
    result = {"model": os.path.basename(folder), "pairs": pairs, "max_length": length, "seconds": row["seconds"],
              "tokens": row["tokens"], "padded_tokens": row["padded_tokens"],
              "peak_rss": row["peak_rss"]}
    print(f"{result['model']}, {pairs} pairs cut at {length}: {row['tokens']} tokens "
          f"({row['padded_tokens']} padded), {row['seconds']:.3f} s, "
          f"{row['peak_rss'] / 2**20:.0f} MiB", flush=True)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="splade-tiny")
    parser.add_argument("--batches", default="8,16,32,64,128,256,512")
    parser.add_argument("--lengths", default="32,64,128,256,512")
    parser.add_argument("--vocabularies", default="30522,100000,250000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--save", action="store_true", help="write the rows to RESULTS.md")
    parser.add_argument("--output", default=os.path.join(ROOT, "Benchmarks", "growth.svg"))
    parser.add_argument(
        "--collection", default=os.path.join(os.path.dirname(ROOT), "shared", "data", "scifact"))
    options = parser.parse_args()
    numbers = lambda text: [int(part) for part in text.split(",")]
    folder = model_folder(options.model)
    go = lambda pairs, length, folder=folder: measure(
        folder, options.collection, pairs, length, options.rounds)
    by_batch = [go(pairs, 128) for pairs in numbers(options.batches)]
    by_length = [go(32, length) for length in numbers(options.lengths)]
    by_vocabulary = [(terms, go(32, 128, with_vocabulary(options.model, terms)))
                     for terms in numbers(options.vocabularies)]
    rows = by_batch + by_length

    real = [(row["tokens"], row["seconds"]) for row in rows]
    padded = [(row["padded_tokens"], row["seconds"]) for row in rows]
    slope, intercept, explained = fit(real)
    padded_explained = fit(padded)[2]
    largest = max(tokens for tokens, _ in real)
    ends = ((0, max(0, intercept)), (largest, slope * largest + intercept))
    line = (f"seconds = {intercept:.4f} + {slope * 1e6:.2f}e-6 * real tokens, "
            f"R² = {explained:.4f}; against padded tokens R² = {padded_explained:.4f}")
    print(line)
    picture = chart.svg([
        chart.Panel(
            f"Step time against tokens ({options.model}, bf16)", "real tokens of a step",
            "seconds", [
                chart.Series("batches of 8 to 512 pairs",
                             [(r["tokens"], r["seconds"]) for r in by_batch], line=ends),
                chart.Series("32 pairs cut at 32 to 512 tokens",
                             [(r["tokens"], r["seconds"]) for r in by_length], joined=False)]),
        chart.Panel(
            "Peak memory against batch", "pairs of a step", "MiB resident", [
                chart.Series("the whole process",
                             [(r["pairs"], r["peak_rss"] / 2**20) for r in by_batch])]),
        chart.Panel(
            "Step time against vocabulary", "terms", "seconds", [
                chart.Series("32 pairs", [(t, r["seconds"]) for t, r in by_vocabulary])]),
        chart.Panel(
            "Peak memory against vocabulary", "terms", "MiB resident", [
                chart.Series("the whole process",
                             [(t, r["peak_rss"] / 2**20) for t, r in by_vocabulary])]),
    ])
    with open(options.output, "w", encoding="utf-8") as file:
        file.write(picture)
    print(f"wrote {options.output}")
    rows += [row for _, row in by_vocabulary]
    if options.save:
        results.save("growth", results.machine(), rows,
                     f"Batches and lengths together: {line}.\n\n![Growth](growth.svg)")
    for row in rows:
        print(json.dumps(row))


if __name__ == "__main__":
    sys.exit(main())
