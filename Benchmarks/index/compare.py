#!/usr/bin/env python3
"""Compares Sparrow's index with other engines on the same vectors, machine and thread.

    Benchmarks/index/compare.py DATA [DATA ...] --peers FOLDER --python VENV/bin/python
        [--lucene anserini-fatjar.jar] [--only NAME ...] [--rounds 3] [--queries 500]
        [--output results.jsonl]

DATA is a folder with docs.csr and queries.csr. FOLDER holds the scripts that measure the other
engines (bench_NAME.py, bench_lucene.sh), each printing one JSON line a configuration; the Python
given must have their packages. Engines take turns, round after round, so that a busy machine is
busy for all of them; of several rounds the one with the lowest median time counts.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

RUNNER = Path(__file__).resolve().parent / "runner"
COLUMNS = ["engine", "docs", "p50_ms", "p99_ms", "recall", "index_MB", "build_s", "ratio"]


def build_runner():
    """Builds the Swift program that measures Sparrow and returns its path."""
    environment = dict(os.environ, SPARROW_WITHOUT_TORCH="1")
    command = ["swift", "build", "-c", "release", "--package-path", str(RUNNER)]
    subprocess.run(command, env=environment, check=True, stdout=sys.stderr)
    return RUNNER / ".build" / "release" / "IndexBenchmark"


def lines_of(command, cwd, environment, timeout):
    """Runs a command and returns the JSON lines it prints; a failure is reported and skipped."""
    try:
        done = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=timeout,
            check=False)
    except subprocess.TimeoutExpired:
        print(f"gave up after {timeout} s: {' '.join(command)}", file=sys.stderr)
        return []
    if done.returncode != 0:
        print(f"failed: {' '.join(command)}\n{done.stderr[-500:]}", file=sys.stderr)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return [json.loads(line) for line in lines] or words_of(done.stdout)


def words_of(output):
    """The measurements of a script that prints `name value` pairs instead of JSON."""
    pairs = dict(re.findall(r"(build_s|index_bytes|mean_ms|p50_ms|p99_ms|recall@\d+) ([\d.]+)", output))
    if "p50_ms" not in pairs:
        return []
    line = {name.split("@")[0]: float(value) for name, value in pairs.items()}
    line["index_MB"] = round(line.pop("index_bytes", 0) / 1e6, 2)
    return [line]


def document_count(data):
    """How many rows the documents' file has: a number of 64 bits at byte 16."""
    with (data / "docs.csr").open("rb") as file:
        return int.from_bytes(file.read(24)[16:], "little")


def measure(arguments, data, work, peers, runner):
    """One round: every engine once."""
    environment = dict(os.environ, PY=arguments.python)
    if arguments.lucene:
        environment["LUCENE_JAR"] = str(Path(arguments.lucene).resolve())
    queries = str(arguments.queries)
    own = [str(runner), str(data), "--work", str(work), "--queries", queries, "--plain"]
    own += ["--factors", "0.5,0.25,0"]
    yield from lines_of(own, work, environment, arguments.timeout)
    for name in arguments.only:
        if name == "lucene":
            command = ["bash", "bench_lucene.sh", str(data)]
        else:
            command = [arguments.python, f"bench_{name}.py", str(data), "-q", queries]
        for line in lines_of(command, peers, environment, arguments.timeout):
            yield dict({"engine": name, "docs": document_count(data)}, **line)


def table(results):
    """The best round of each engine as lines of a table, with times relative to Sparrow's."""
    rows = []
    for docs in sorted({docs for docs, _ in results}):
        best = {
            engine: min(lines, key=lambda line: line["p50_ms"])
            for (count, engine), lines in results.items() if count == docs
        }
        own = next((v["p50_ms"] for k, v in best.items() if k.endswith("exact")), None)
        for engine, line in sorted(best.items(), key=lambda item: item[1]["p50_ms"]):
            ratio = f"{line['p50_ms'] / own:.2f}" if own else ""
            rows.append([str(line.get(column, "")) for column in COLUMNS[:-1]] + [ratio])
    widths = [max(len(row[i]) for row in rows + [COLUMNS]) for i in range(len(COLUMNS))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
        for row in [COLUMNS] + rows
    ]


def main():
    """Reads the command line, measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--peers", type=Path, required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--lucene")
    parser.add_argument("--only", nargs="*", default=["qdrant_edge"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--timeout", type=int, default=1800)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    runner = build_runner()
    results, throughput = {}, []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        # The scripts write beside themselves; they may lie in a folder that cannot be written.
        peers = Path(shutil.copytree(arguments.peers, work / "peers"))
        for number in range(arguments.rounds):
            for data in arguments.data:
                for line in measure(arguments, data.resolve(), work, peers, runner):
                    print(json.dumps(dict(line, round=number)), file=sys.stderr, flush=True)
                    if arguments.output:
                        with arguments.output.open("a", encoding="utf-8") as output:
                            output.write(json.dumps(dict(line, round=number)) + "\n")
                    if "p50_ms" in line:
                        results.setdefault((line["docs"], line["engine"]), []).append(line)
                    else:
                        throughput.append(line)
    print("\n".join(table(results)))
    for line in throughput:
        print(json.dumps(line))


if __name__ == "__main__":
    main()
