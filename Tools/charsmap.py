"""Builds the `precompiled_charsmap` of SentencePiece: a double-array trie and its replacements."""

import base64
import struct


def make_charsmap(rules):
    """The map, in base 64, that replaces each key of `rules` by its value."""
    values = b""
    offsets = {}
    for value in rules.values():
        if value not in offsets:
            offsets[value] = len(values)
            values += value.encode() + b"\0"
    trie = {}
    for key, value in rules.items():
        node = trie
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[0] = offsets[value]
    units = _double_array(trie)
    blob = struct.pack(f"<{len(units)}I", *units)
    return base64.b64encode(struct.pack("<I", len(blob)) + blob + values).decode()


def _double_array(trie):
    units, used, bases = [0] * 256, {0}, set()
    lowest_free = 1
    queue = [(trie, 0, 0)]
    while queue:
        node, position, label = queue.pop(0)
        while lowest_free in used:
            lowest_free += 1
        base = lowest_free
        while base in bases or any(base ^ byte in used for byte in node):
            base += 1
        bases.add(base)
        offset = position ^ base
        if offset >= 1 << 21:
            raise ValueError("the trie is too large")
        # Readers look at any label below a base, so blocks of 256 units are whole.
        units.extend([0] * ((base | 0xFF) + 1 - len(units)))
        units[position] = offset << 10 | (1 << 8 if 0 in node else 0) | label
        for byte, child in node.items():
            used.add(base ^ byte)
            if byte == 0:
                units[base] = 1 << 31 | child
            else:
                queue.append((child, base ^ byte, byte))
    return units
