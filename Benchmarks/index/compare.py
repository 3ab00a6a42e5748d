#!/usr/bin/env python3
"""Compares Sparrow's index with other engines on the same vectors, machine and thread.

    Benchmarks/index/compare.py DATA [DATA ...] --peers FOLDER --python VENV/bin/python
        [--lucene anserini-fatjar.jar] [--only NAME ...] [--rounds 3] [--queries 500]
        [--output results.jsonl] [--save]
    Benchmarks/index/compare.py --from results.jsonl [--save] [--note TEXT]

DATA is a folder with docs.csr and queries.csr. FOLDER holds the scripts that measure the other
engines (bench_NAME.py, bench_lucene.sh), each printing one JSON line a configuration; the Python
given must have their packages. Engines take turns, round after round, so that a busy machine is
busy for all of them. Of several rounds the one with the lowest median time counts; how far the
rounds lie apart stands beside it. --save writes the table to Benchmarks/RESULTS.md.
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

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import results as saved  # noqa: E402  (it lies beside this folder)

RUNNER = HERE / "runner"
OWN = "sparrow:float16 exact"
# Building these takes many minutes on larger collections.
LIMITS = {"qdrant_edge": 200_000, "lucene": 200_000, "exact_numpy": 200_000, "seismic": 50_000}


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
    own = [str(runner), str(data), "--work", str(work), "--queries", queries]
    for options in (["--plain", "--factors", "0.5,0.25,0"], ["--precision", "float32"]):
        yield from lines_of(own + options, work, environment, arguments.timeout)
    for name in arguments.only:
        if document_count(data) > LIMITS.get(name, sys.maxsize):
            continue
        if name == "lucene":
            command = ["bash", "bench_lucene.sh", str(data)]
        else:
            command = [arguments.python, f"bench_{name}.py", str(data), "-q", queries]
        for line in lines_of(command, peers, environment, arguments.timeout):
            yield dict({"engine": name, "docs": document_count(data)}, **line)


def label(line):
    """The name of a configuration: the engine and those of its settings that are varied."""
    varied = [f"{name} {line[name]}" for name in ("query_cut", "heap_factor") if name in line]
    return ", ".join([line["engine"]] + varied)


def rows_of(lines):
    """The best round of each configuration, with its ratio to Sparrow's exact search."""
    groups = {}
    for line in lines:
        if "p50_ms" in line:
            groups.setdefault((line["docs"], line["data"], label(line)), []).append(line)
    best = {key: min(group, key=lambda line: line["p50_ms"]) for key, group in groups.items()}
    rows = []
    for key in sorted(best, key=lambda key: (key[:2], best[key]["p50_ms"])):
        docs, data, name = key
        line = best[key]
        times = [line["p50_ms"] for line in groups[key]]
        own = next(
            (best[other]["p50_ms"] for other in best
             if other[:2] == key[:2] and other[2] == OWN), None)
        is_filtered = "filter" in name
        build = shortest(groups[key])
        has_index = "index_MB" in line and not name.startswith("plain")
        rows.append({
            "data": data, "documents": docs, "engine": name,
            "p50 ms": line["p50_ms"], "rounds": f"{len(times)}, up to {max(times):.3g} ms",
            "times slower": line["p50_ms"] / own if own else "",
            "p99 ms": line["p99_ms"],
            "recall@10": "" if is_filtered else line.get("recall", ""),
            "of stored weights": line.get("recall_stored", ""),
            "KB a document": line["index_MB"] * 1e3 / docs if has_index else "",
            "documents/s built": round(docs / build) if has_index and build else "",
        })
    return rows


def shortest(group):
    """The shortest time a configuration took to build; processor time where it is known."""
    return min(line.get("build_cpu_s", line.get("build_s", 0)) for line in group)


def throughput(lines):
    """A sentence a collection: queries a second with one thread and with two."""
    best = {}
    for line in lines:
        for threads in (1, 2):
            if value := line.get(f"queries_per_s_{threads}_thread" + "s" * (threads > 1)):
                key = (line["docs"], line["data"])
                entry = best.setdefault(key, {})
                entry[threads] = max(entry.get(threads, 0), value)
    return [
        f"Sparrow, exact, {data}: {value[1]:,.0f} queries/s with one thread, {value[2]:,.0f} with "
        f"two ({value[2] / value[1]:.2f} times)."
        for (_, data), value in sorted(best.items()) if len(value) == 2
    ]


def report(lines, arguments):
    """Prints the table, and keeps it if wanted."""
    rows = rows_of(lines)
    if not rows:
        sys.exit("nothing was measured")
    keys = list(rows[0])
    print(saved.table(keys, [[saved.cell(key, row[key]) for key in keys] for row in rows]))
    notes = throughput(lines) + ([arguments.note] if arguments.note else [])
    print("\n".join(notes))
    if arguments.save:
        facts = saved.machine()
        names = ["qdrant-edge-py", "pyseismic-lsr", "numba", "numpy"]
        facts["peers"] = saved.output_of(
            arguments.python, "-c", "import importlib.metadata as m; "
            f"print(', '.join(f'{{n}} {{m.version(n)}}' for n in {names}))")
        facts["lucene"] = "9.9.1"
        saved.save("index", facts, rows, "\n\n".join(notes))


def main():
    """Reads the command line, measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("data", nargs="*", type=Path)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--lucene")
    parser.add_argument("--only", nargs="*", default=["qdrant_edge"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--timeout", type=int, default=1800)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--from", dest="earlier", type=Path, help="report what --output kept")
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--note", help="what else is to stand below the table")
    arguments = parser.parse_args()
    if arguments.earlier:
        with arguments.earlier.open(encoding="utf-8") as file:
            report([json.loads(line) for line in file], arguments)
        return
    if not arguments.data or not arguments.peers:
        parser.error("DATA and --peers are needed")
    runner = build_runner()
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        # The scripts write beside themselves; they may lie in a folder that cannot be written.
        peers = Path(shutil.copytree(arguments.peers, work / "peers"))
        for number in range(arguments.rounds):
            for data in arguments.data:
                for line in measure(arguments, data.resolve(), work, peers, runner):
                    line = dict(line, data=data.name, round=number)
                    lines.append(line)
                    print(json.dumps(line), file=sys.stderr, flush=True)
                    if arguments.output:
                        with arguments.output.open("a", encoding="utf-8") as output:
                            output.write(json.dumps(line) + "\n")
    report(lines, arguments)


if __name__ == "__main__":
    main()
