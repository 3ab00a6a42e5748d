"""Runs sparrow-bench-head and keeps its rows.

usage: head.py [THREADS] [--save]
"""

import json
import os
import subprocess
import sys

import results
from compare import ROOT


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--save"]
    bench = os.path.join(ROOT, ".build", "release", "sparrow-bench-head")
    process = subprocess.Popen([bench, *arguments], stdout=subprocess.PIPE, text=True)
    lines = []
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(line)
    if process.wait() != 0:
        sys.exit(process.returncode)
    if "--save" in sys.argv:
        rows = [json.loads(line) for line in lines if line.startswith("{")]
        keys = ["name", "sparrow", "reference", "unit", "ratio"]
        results.save("head", results.machine(), [
            {key: row[key] for key in keys if row.get(key) is not None} for row in rows])


if __name__ == "__main__":
    main()
