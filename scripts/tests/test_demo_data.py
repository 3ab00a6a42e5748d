"""Tests of the demo's collection: what is read, what is dropped, and that nothing leaks."""

import contextlib
import io
import json
import tempfile
import unittest
from collections import Counter
from pathlib import Path
from unittest import mock

from descriptions import apt, clean, families, parse, write
from descriptions.clean import Pair
from descriptions.parse import Package
from provision.console import MISSING, SetupError

LIST = """Package: wget
Description-md5: 1
Description-en: retrieves files from the web
 Wget is a network utility to retrieve files
 from the web using HTTP(S) and FTP.
 .
 It can follow links:
  * in HTML pages
  * in CSS files

Package: wget
Description-en: another description of the same package
 Which does not count.

Package: abacus
Description-en: counts
"""

INDEX = """Package: wget
Source: gnu-wget (1.21)
Section: web

Package: abacus
Section: misc
"""

LONG = (
    "The first sentence says at some length what all of this is about and why anybody would care."
    " The second sentence adds what else there is to say about the subject of number"
)


def package(name, synopsis, *paragraphs, source=None, section="misc"):
    return Package(name, source or name, section, synopsis, paragraphs)


def letters(number):
    return chr(97 + number // 26) + chr(97 + number % 26)


def long_package(number, **options):
    name = f"tool{letters(number)}"
    text = f"{LONG} {'x' * (number + 1)}."
    return package(name, f"does the thing of kind {name}", text, **options)


class ParseTests(unittest.TestCase):
    def test_descriptions_are_read_with_their_sources(self):
        wget = parse.packages([LIST], [INDEX])[1]
        self.assertEqual((wget.name, wget.source, wget.section), ("wget", "gnu-wget", "web"))
        self.assertEqual(wget.synopsis, "retrieves files from the web")
        self.assertEqual(
            wget.paragraphs,
            (
                "Wget is a network utility to retrieve files from the web using HTTP(S) and FTP.",
                "It can follow links: * in HTML pages * in CSS files",
            ),
        )

    def test_packages_come_in_the_order_of_their_names_whatever_the_order_of_lists(self):
        first, second = LIST.split("\n\n", 1)
        forwards = parse.packages([first, second], [])
        self.assertEqual([p.name for p in forwards], ["abacus", "wget"])
        self.assertEqual(forwards[0].source, "abacus")
        self.assertEqual(forwards[0].paragraphs, ())


class CleanTests(unittest.TestCase):
    def clean(self, packages):
        self.dropped = Counter()
        return clean.clean(packages, self.dropped)

    def test_generated_families_are_dropped(self):
        generated = [
            package("librust-serde-dev", "serialization framework", LONG),
            package("linux-image-6.1", "Linux 6.1 for PCs", LONG),
            package("foo-dbgsym", "debug symbols for foo", LONG),
            package("old", "transitional package for new", LONG),
            package("task-german", "German environment", LONG),
            package("everything", "all there is to have", "This is a dummy package.", LONG),
            package("words", "words of some language", LONG, section="universe/localization"),
        ]
        kept = self.clean([*generated, package("wget", "retrieves files from the web", LONG)])
        self.assertEqual([pair.name for pair in kept], ["wget"])
        self.assertEqual(sum(self.dropped.values()), len(generated))

    def test_one_package_a_source_and_the_main_one(self):
        packages = [
            package("foo-doc", "manual of the tool foo", LONG + " a.", source="foo"),
            package("foo", "tool that does foo", LONG + " b.", source="foo"),
            package("libbar1", "library that does bar", LONG + " c.", source="bar"),
            package("libbar-dev", "headers of the library bar", LONG + " and so on.", source="bar"),
        ]
        self.assertEqual([pair.name for pair in self.clean(packages)], ["foo", "libbar1"])

    def test_sentences_that_many_sources_share_are_removed(self):
        packages = [long_package(number) for number in range(clean.SHARED_BY_SOURCES + 1)]
        shared = "This package contains the development files."
        packages = [
            package(p.name, p.synopsis, f"{p.paragraphs[0].replace('first', p.name)} {shared}")
            for p in packages
        ]
        pairs = self.clean(packages)
        self.assertEqual(len(pairs), len(packages))
        self.assertFalse(any(shared in pair.description for pair in pairs))
        again = self.clean(packages[:-1])
        self.assertTrue(all(shared in pair.description for pair in again))

    def test_tails_that_many_sources_share_are_cut_from_synopses(self):
        packages = [
            package(p.name, f"{p.synopsis} - Node.js module", p.paragraphs[0].replace("first", p.name))
            for p in map(long_package, range(clean.SHARED_BY_SOURCES + 1))
        ]
        pairs = self.clean(packages)
        self.assertEqual(pairs[0].synopsis, "does the thing of kind toolaa")
        self.assertEqual(self.clean(packages[:1])[0].synopsis, packages[0].synopsis)

    def test_the_synopsis_is_not_repeated_as_a_sentence(self):
        texts = [
            "Retrieves files from the web.",
            "Wget retrieves files from the web.",
            "This package provides the retrieves files from the web.",
        ]
        for text in texts:
            kept = self.clean([package("wget", "retrieves files from the web", f"{text} {LONG}")])
            self.assertEqual(kept[0].description, LONG)
            self.assertEqual(self.dropped["sentences that only repeat the synopsis"], 1)

    def test_short_texts_are_dropped(self):
        self.assertEqual(self.clean([package("a", "a thing that counts", "Too short.")]), [])
        self.assertEqual(self.clean([package("a", "two words", LONG)]), [])

    def test_of_duplicates_the_first_stays(self):
        packages = [
            package("a", "counts the sheep", LONG + " one."),
            package("b", "Counts the sheep!", LONG + " two."),
            package("c", "counts some goats", LONG + " ONE"),
        ]
        self.assertEqual([pair.name for pair in self.clean(packages)], ["a"])
        self.assertEqual(self.dropped["duplicates of another synopsis or description"], 2)


class FamilyTests(unittest.TestCase):
    def test_stems_lose_language_role_and_version(self):
        names = [
            "foo-bar",
            "libfoo-bar2-dev",
            "python3-foo-bar",
            "ruby-foo-bar-doc",
            "node-foo-bar",
            "golang-github-foo-bar-dev",
            "libfoo-bar-perl",
            "r-cran-foo-bar",
            "foo-bar-1.19-data",
        ]
        self.assertEqual({families.stem(name) for name in names}, {"foo-bar"})
        self.assertEqual(families.stem("r2"), "r2")

    def test_families_grow_together_over_shared_keys(self):
        pairs = [("a", ["x"]), ("b", ["y"]), ("c", ["x", "y"]), ("d", ["z"])]
        expected = [["a", "b", "c"], ["d"]]
        for order in (pairs, pairs[::-1]):
            self.assertEqual(sorted(families.group(order).values()), expected)


class SplitTests(unittest.TestCase):
    def pairs(self, count):
        return [
            Pair(f"{language}-thing-{letters(n)}", f"{language}-source-{letters(n)}", "", str(n))
            for n in range(count)
            for language in ("python3", "ruby")
        ]

    def test_families_stay_together_and_the_sizes_are_kept(self):
        wanted = {"test": 40, "dev": 20, "train": 1000}
        splits = write.split(self.pairs(200), wanted)
        self.assertEqual({name: len(found) for name, found in splits.items()}, wanted | {"train": 340})
        stems = {name: {families.stem(p.name) for p in found} for name, found in splits.items()}
        self.assertFalse(stems["test"] & stems["train"])
        self.assertFalse(stems["test"] & stems["dev"])

    def test_a_phrase_that_few_share_makes_relatives(self):
        words = "ten words in just this order are hardly ever a coincidence"
        pairs = [
            Pair("toola", "a", "", f"alpha {words} beta"),
            Pair("toolb", "b", "", f"gamma {words} delta"),
            Pair("toolc", "c", "", "something else altogether that shares no long phrase with them"),
        ]
        phrases = write.shared_phrases(pairs)
        self.assertTrue(set(phrases["toola"]) & set(phrases["toolb"]))
        self.assertEqual(phrases["toolc"], [])

    def test_the_split_hardly_changes_when_a_package_comes(self):
        wanted = {"test": 40, "dev": 20, "train": 1000}
        before = write.split(self.pairs(200), wanted)
        after = write.split([*self.pairs(200), Pair("newcomer", "new", "", "new")], wanted)
        names = [{pair.name for pair in splits["test"]} for splits in (before, after)]
        self.assertGreaterEqual(len(names[0] & names[1]), 38)


class WriteTests(unittest.TestCase):
    def test_the_folder_is_a_collection_and_training_pairs(self):
        pairs = {
            "test": [Pair("a", "a", "finds a", "about a")],
            "dev": [Pair("b", "b", "finds b", "about b")],
            "train": [Pair("c", "c", "finds c", "it finds c, \"é\"")],
        }
        with tempfile.TemporaryDirectory() as root:
            folder = Path(root) / "data"
            for _ in range(2):
                text = write.describe_source([Path("x")], {"read": 3}, Counter({"why": 4}), pairs)
                write.write(folder, pairs, text)
            self.assertEqual([path.name for path in Path(root).iterdir()], ["data"])
            lines = (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
            corpus = [json.loads(line) for line in lines]
            self.assertEqual(corpus[2], {"_id": "c", "text": "it finds c, \"é\""})
            qrels = (folder / "qrels/dev.tsv").read_text()
            self.assertEqual(qrels, "query-id\tcorpus-id\tscore\nq-b\tb\t1\n")
            train = json.loads((folder / "train.jsonl").read_text())
            self.assertEqual(train, {"anchor": "finds c", "positive": "it finds c, \"é\""})
            source = (folder / "SOURCE.md").read_text()
            self.assertIn("| documents | 3 |", source)
            self.assertIn("| why | 4 |", source)
            self.assertIn("| descriptions that contain their synopsis word for word | 1 |", source)


class AptTests(unittest.TestCase):
    def test_without_a_network_the_lists_of_the_machine_serve(self):
        with tempfile.TemporaryDirectory() as root, contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
            stack.enter_context(mock.patch.object(apt.shutil, "which", return_value="apt-get"))
            stack.enter_context(mock.patch.object(apt, "download", return_value="no network"))
            system = Path(root) / "system"
            stack.enter_context(mock.patch.object(apt, "SYSTEM_LISTS", system))
            system.mkdir()
            with self.assertRaisesRegex(SetupError, "no network") as caught:
                apt.package_lists(Path(root) / "private", refresh=False)
            self.assertEqual(caught.exception.exit_code, MISSING)
            for name in ("deb_Packages", "deb_i18n_Translation-en.lz4", "deb_i18n_Translation-de"):
                (system / name).touch()
            found = apt.package_lists(Path(root) / "private", refresh=False)
            self.assertEqual(
                [path.name for path in found], ["deb_i18n_Translation-en.lz4", "deb_Packages"]
            )

    def test_a_machine_without_apt_is_told_what_else_to_do(self):
        with mock.patch.object(apt.shutil, "which", return_value=None):
            with self.assertRaisesRegex(SetupError, "collection of your own"):
                apt.package_lists(Path("nowhere"), refresh=False)


if __name__ == "__main__":
    unittest.main()
