"""Keeps what the benchmarks measured, and writes RESULTS.md from it.

usage: results.py   (renders Benchmarks/results/*.json again)

Every number of RESULTS.md comes from a saved run of a command that stands above its table.
"""

import datetime
import glob
import json
import os
import platform
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "results")
PAGE = os.path.join(HERE, "RESULTS.md")
ORDER = ["train", "encode", "query", "tokenize", "head", "growth", "precision", "index"]
INTRODUCTION = """# What the benchmarks measured

Written by `Benchmarks/results.py` from saved runs; each part names its command. The two sides ran in
turn, each in processes of their own, on the same texts, with the same number of threads. A ratio
above 1 means that Sparrow is better; memory is the peak of the whole process.
"""


def first_line(path, key):
    """The value after a key in a file such as /proc/cpuinfo, empty when there is none."""
    try:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                if line.startswith(key):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return ""


def output_of(*command):
    """What a program prints, empty when it is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def machine(python=None):
    """What the numbers depend on: processor, memory, system, versions."""
    flags = first_line("/proc/cpuinfo", "flags").split()
    wanted = ["avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16"]
    facts = {
        "processor": first_line("/proc/cpuinfo", "model name") or platform.machine(),
        "instructions": ", ".join(flag for flag in wanted if flag in flags),
        "cores": str(os.cpu_count()),
        "memory": f"{int((first_line('/proc/meminfo', 'MemTotal') or '0 kB').split()[0]) >> 20} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "swift": output_of("swift", "--version").split("(")[0].strip(),
        "revision": output_of("git", "-C", HERE, "rev-parse", "--short", "HEAD"),
    }
    if python:
        names = ["sentence-transformers", "transformers", "torch", "tokenizers"]
        facts["reference"] = output_of(
            python, "-c", "import importlib.metadata as m; "
            f"print(', '.join(f'{{n}} {{m.version(n)}}' for n in {names}))")
    return {key: value for key, value in facts.items() if value}


def save(work, facts, rows, note=""):
    """Keeps the rows of one command and writes RESULTS.md again."""
    os.makedirs(FOLDER, exist_ok=True)
    content = {"work": work, "date": datetime.date.today().isoformat(), "machine": facts,
               "note": note, "rows": rows}
    path = os.path.join(FOLDER, f"{work}.json")
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.write("\n")
    os.rename(path + ".new", path)
    render()


def duration(seconds):
    """Seconds in the unit in which they read best."""
    for factor, unit in [(1, "s"), (1e3, "ms"), (1e6, "µs")]:
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def cell(key, value):
    """A value of a row as text."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if key.endswith("rss"):
        return f"{value / 2**20:.0f} MiB"
    return str(value)


def table(header, rows):
    """A Markdown table."""
    line = lambda cells: "| " + " | ".join(cells) + " |"
    return "\n".join([line(header), line(["---"] * len(header))] + [line(row) for row in rows])


def comparison(rows):
    """The table of what was compared with the reference."""
    return table(
        ["what", "Sparrow", "reference", "times faster", "memory", "times leaner"],
        [[row["name"], duration(row["sparrow"]),
          f"{duration(row['reference'])} ({row['reference_precision']})", f"{row['ratio']:.1f}",
          f"{row['sparrow_rss'] / 2**20:.0f} / {row['reference_rss'] / 2**20:.0f} MiB",
          f"{row['rss_ratio']:.1f}"] for row in rows])


def render():
    """Writes RESULTS.md from what was saved."""
    saved = {}
    for path in glob.glob(os.path.join(FOLDER, "*.json")):
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        saved[content["work"]] = content
    parts = [INTRODUCTION]
    for work in sorted(saved, key=lambda name: (ORDER + [name]).index(name)):
        content = saved[work]
        rows = content["rows"]
        facts = "; ".join(f"{key}: {value}" for key, value in content["machine"].items())
        parts.append(f"## `make bench-{work}`\n\n{content['date']}. {facts}.\n")
        if "reference_rss" in rows[0]:
            parts.append(comparison(rows) + "\n")
        else:
            keys = list(dict.fromkeys(key for row in rows for key in row))
            parts.append(table(
                keys, [[cell(key, row.get(key, "")) for key in keys] for row in rows]) + "\n")
        if content["note"]:
            parts.append(content["note"] + "\n")
    with open(PAGE + ".new", "w", encoding="utf-8") as file:
        file.write("\n".join(parts))
    os.rename(PAGE + ".new", PAGE)


if __name__ == "__main__":
    render()
