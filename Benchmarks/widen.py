"""Makes a model with a larger vocabulary out of one on disk, to measure what the vocabulary costs.

usage: widen.py MODEL ROWS FOLDER

Every tensor with one row a term gets its first rows again behind its last; the tokenizer stays, so
that texts have the same tokens. Of no use but for measuring.
"""

import json
import os
import shutil
import struct
import sys


def read(path):
    """Header and bytes of a safetensors file."""
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        return json.loads(file.read(size)), file.read()


def widened_tensors(header, data, old, new):
    """Name, entry and bytes of each tensor, with `new` rows where there were `old`."""
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        content = data[begin:end]
        if entry["shape"][0] == old:
            row = len(content) // old
            content = (content * (new // old + 1))[: new * row]
            entry = {**entry, "shape": [new] + entry["shape"][1:]}
        yield name, entry, content


def widen(source, rows, folder):
    """Writes the model beside its place and renames it."""
    temporary = folder + ".new"
    shutil.rmtree(temporary, ignore_errors=True)
    shutil.copytree(source, temporary)
    config_path = os.path.join(temporary, "config.json")
    with open(config_path, encoding="utf-8") as file:
        config = json.load(file)
    header, data = read(os.path.join(source, "model.safetensors"))
    tensors = list(widened_tensors(header, data, config["vocab_size"], rows))
    offset, new_header = 0, {"__metadata__": header.get("__metadata__", {"format": "pt"})}
    for name, entry, content in tensors:
        new_header[name] = {**entry, "data_offsets": [offset, offset + len(content)]}
        offset += len(content)
    text = json.dumps(new_header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(temporary, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, content in tensors:
            file.write(content)
    config["vocab_size"] = rows
    with open(config_path, "w", encoding="utf-8") as file:
        json.dump(config, file)
    os.rename(temporary, folder)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    widen(sys.argv[1], int(sys.argv[2]), sys.argv[3])
