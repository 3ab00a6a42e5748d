"""Runs the same work with Sparrow and with the reference, in turn, and prints the ratios.

usage: compare.py train|encode|query|tokenize [--rounds N] [--collection DIR] [--save]

Each run is a process of its own: it loads the model, warms up, and reports the median of its
measured rounds and its peak resident memory. Rounds alternate between the two sides, so that a busy
machine slows both. A table comes first; the last lines are one JSON object a row, in which a ratio
above 1 means that Sparrow is better. With --save they are also kept for RESULTS.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

import results

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)

# name, work, model, sparrow's precision, the reference's precisions (the best one counts), settings
ROWS = {
    "train": [
        ("train step, BERT-tiny, bf16 against bf16 autocast", "splade-tiny", "bf16", ["bf16"],
         ["--count", "32", "--max-length", "128", "--rounds", "11", "--warmups", "4"]),
        ("train step, BERT-tiny, fp32 against fp32", "splade-tiny", "fp32", ["fp32"],
         ["--count", "32", "--max-length", "128", "--rounds", "11", "--warmups", "4"]),
        ("train step, MiniLM-L6 shape, bf16 against bf16 autocast", "minilm-splade", "bf16",
         ["bf16"], ["--count", "32", "--max-length", "128", "--rounds", "5", "--warmups", "2"]),
        ("train step, MiniLM-L6 shape, bf16 against fp32", "minilm-splade", "bf16", ["fp32"],
         ["--count", "32", "--max-length", "128", "--rounds", "5", "--warmups", "2"]),
    ],
    "encode": [
        ("encode, splade-tiny, fp32 against fp32", "splade-tiny", "fp32", ["fp32"],
         ["--count", "192", "--rounds", "1"]),
        ("encode, splade-tiny, bf16 against the better of fp32 and bf16", "splade-tiny", "bf16",
         ["fp32", "bf16"], ["--count", "192", "--rounds", "1"]),
        ("encode, MiniLM-L6 shape, fp32 against fp32", "minilm-splade", "fp32", ["fp32"],
         ["--count", "96", "--rounds", "1"]),
        ("encode, MiniLM-L6 shape, bf16 against the better of fp32 and bf16", "minilm-splade",
         "bf16", ["fp32", "bf16"], ["--count", "96", "--rounds", "1"]),
    ],
    "query": [
        ("one query of 8 words, splade-tiny, fp32", "splade-tiny", "fp32", ["fp32"],
         ["--count", "100", "--rounds", "300", "--warmups", "50"]),
        ("one query of 8 words, inference-free", "inference-free", "fp32", ["fp32"],
         ["--count", "100", "--rounds", "2000", "--warmups", "100"]),
    ],
    "tokenize": [
        ("tokenise SciFact, one thread", "splade-tiny", "fp32", ["fp32"],
         ["--count", "5183", "--rounds", "5", "--warmups", "1", "--threads", "1"]),
    ],
}


def run(command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{result.stderr}")
    return json.loads(result.stdout.strip().splitlines()[-1])


def model_folder(name, collection=None):
    """The folder of a model; what setup does not fetch is made when it is not there."""
    folder = os.path.join(ROOT, ".models", name)
    maker = os.path.join(HERE, f"make_{name.replace('-', '_')}.py")
    if os.path.exists(maker) and not os.path.exists(folder):
        subprocess.run([python(), maker, folder, collection], check=True)
    if not os.path.isdir(folder):
        sys.exit(f"{folder} is not there; run make setup-minilm")
    return folder


def python():
    own = os.environ.get("SPARROW_PEERS", os.path.join(ROOT, ".peers", "bin", "python"))
    if not os.path.exists(own):
        sys.exit(f"{own} is not there; run make peers")
    return own


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", choices=sorted(ROWS))
    parser.add_argument("--rounds", type=int, default=3, help="alternating runs of each side")
    parser.add_argument(
        "--collection", default=os.path.join(os.path.dirname(ROOT), "shared", "data", "scifact"))
    parser.add_argument("--save", action="store_true", help="write the rows to RESULTS.md")
    options = parser.parse_args()
    bench = os.path.join(ROOT, ".build", "release", "sparrow-bench")
    if not os.path.exists(bench):
        sys.exit(f"{bench} is not there; run scripts/bench")

    rows = []
    for name, model, precision, reference_precisions, settings in ROWS[options.work]:
        common = [options.work, "--model", model_folder(model, options.collection), "--collection",
                  options.collection] + settings
        sparrow, reference = [], {p: [] for p in reference_precisions}
        for _ in range(options.rounds):
            sparrow.append(run([bench] + common + ["--precision", precision]))
            for other in reference_precisions:
                reference[other].append(
                    run([python(), os.path.join(HERE, "reference.py")] + common
                        + ["--precision", other]))
        per_unit = lambda runs: statistics.median(r["seconds"] / r["amount"] for r in runs)
        best = min(reference, key=lambda p: per_unit(reference[p]))
        ours, theirs = per_unit(sparrow), per_unit(reference[best])
        memory = lambda runs: statistics.median(r["peak_rss"] for r in runs)
        rows.append({
            "name": name, "sparrow": ours, "reference": theirs, "unit": "seconds",
            "ratio": theirs / ours, "rss_ratio": memory(reference[best]) / memory(sparrow),
            "sparrow_rss": memory(sparrow), "reference_rss": memory(reference[best]),
            "reference_precision": best, "settings": " ".join(settings),
            "rounds": options.rounds})
        print(f"{name}: {ours:.6f} s, reference {theirs:.6f} s ({best}), "
              f"{theirs / ours:.1f} times faster, peak memory {memory(sparrow) / 2**20:.0f} MiB "
              f"against {memory(reference[best]) / 2**20:.0f} MiB", flush=True)
    machine = results.machine(python())
    print("\n".join(f"{key}: {value}" for key, value in machine.items()))
    if options.save:
        results.save(options.work, machine, rows)
    for row in rows:
        print(json.dumps({key: row[key] for key in (
            "name", "sparrow", "reference", "unit", "ratio", "rss_ratio")}))


if __name__ == "__main__":
    main()
