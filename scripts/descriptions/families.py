"""Groups packages into families, so that relatives never stand on both sides of a split."""

from __future__ import annotations

import re
from collections import defaultdict

PREFIXES = re.compile(
    r"^(python3?-|pypy3?-|ruby-|golang-(github-|gopkg-|golang-|gitlab-|google-)?|node-|librust-|rust-"
    r"|libghc-|haskell-|r-(cran|bioc|other)-|php-|elpa-|emacs-|lua-|ocaml-|fonts-|libjs-|gir1\.2-"
    r"|cl-|erlang-|octave-|puppet-module-|django-|tryton-(modules-)?|lib(?=[a-z0-9]{3}))"
)
SUFFIXES = re.compile(
    r"([-.](dev|doc|docs|dbg|dbgsym|data|common|bin|utils|tools|core|perl|java|ocaml|el|clojure|gtk"
    r"|qt|gui|cli|client|server|examples|plugins?|modules?|headless|python|ruby|lib|extra|theme)"
    r"|[-.]?v?\d[\d.]*[a-z]?)$"
)


def stem(name: str) -> str:
    """What is left of a package's name without language prefixes, lib, versions and role suffixes.

    >>> stem("libfoo-bar2-dev"), stem("python3-foo-bar"), stem("ruby-foo-bar-doc")
    ('foo-bar', 'foo-bar', 'foo-bar')
    """
    while True:
        shorter = SUFFIXES.sub("", PREFIXES.sub("", name))
        if shorter == name or len(shorter) < 3:
            return name
        name = shorter


class Families:
    """Sets of packages that grow together whenever two share a key."""

    def __init__(self):
        self._parents: dict = {}

    def join(self, name: str, keys: list[str]) -> None:
        """Puts a package into one family with every other that has one of these keys."""
        for key in keys:
            first, second = self._root(name), self._root(key)
            if first != second:
                # The smaller name becomes the root, so the result does not depend on the order.
                self._parents[max(first, second)] = min(first, second)

    def family(self, name: str) -> str:
        """The name of a package's family."""
        return self._root(name)

    def _root(self, name: str) -> str:
        self._parents.setdefault(name, name)
        root = name
        while self._parents[root] != root:
            root = self._parents[root]
        while self._parents[name] != root:
            self._parents[name], name = root, self._parents[name]
        return root


def group(names_and_keys) -> dict:
    """Families from (package, keys) pairs: family to its packages in order."""
    pairs = list(names_and_keys)
    families = Families()
    for name, keys in pairs:
        families.join(f"package:{name}", keys)
    members = defaultdict(list)
    for name, _ in sorted(pairs):
        members[families.family(f"package:{name}")].append(name)
    return dict(members)
