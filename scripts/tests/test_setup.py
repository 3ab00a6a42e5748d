"""Tests of set-up: every way in which a download can go wrong, and that nothing is done twice."""

import contextlib
import dataclasses
import io
import json
import random
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from provision import console, download, index, install, pins, ranges, requirements, unpack
from provision.index import PackageIndex
from tests.index_server import IndexServer, make_wheel

NOISE = random.Random(1).randbytes


class QuietTestCase(unittest.TestCase):
    """Captures what set-up prints, and gives each test two empty folders."""

    def setUp(self):
        self.output = io.StringIO()
        stack = contextlib.ExitStack()
        stack.enter_context(contextlib.redirect_stdout(self.output))
        self.served = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(mock.patch.object(download.time, "sleep"))
        self.addCleanup(stack.close)


class RangesTests(unittest.TestCase):
    def test_union_merges_what_overlaps_or_is_near(self):
        self.assertEqual(ranges.union([(5, 9), (0, 3), (8, 12)]), [(0, 3), (5, 12)])
        self.assertEqual(ranges.union([(0, 3), (5, 9)], gap=2), [(0, 9)])
        self.assertEqual(ranges.union([(4, 4)]), [])

    def test_missing_equals_the_difference_of_sets(self):
        source = random.Random(7)
        for _ in range(300):
            sets = [
                [tuple(sorted(source.choices(range(40), k=2))) for _ in range(source.randrange(6))]
                for _ in range(2)
            ]
            wanted, have = ({byte for a, b in part for byte in range(a, b)} for part in sets)
            found = {byte for a, b in ranges.missing(*sets) for byte in range(a, b)}
            self.assertEqual(found, wanted - have, sets)


class DownloadTests(QuietTestCase):
    def wheel(self, **options):
        contents = {
            "thing/wanted.bin": NOISE(3_000_000),
            "thing/unwanted.bin": NOISE(5_000_000),
            "thing/include/a.h": b"int a;",
        }
        take = {"thing/wanted.bin": "lib/wanted.bin", "thing/include/": "include/"}
        return make_wheel(self.served, contents, take, **options), contents

    def fetch(self, wheel, server):
        got = download.Download(
            wheel, self.root, lambda: PackageIndex({"index-url": server.address + "/simple"})
        )
        got.fetch()
        return got

    def unpack(self, got):
        unpack.unpack(got, self.root / "out")
        return (self.root / "out/lib/wanted.bin").read_bytes()

    def test_only_the_wanted_parts_are_fetched(self):
        wheel, contents = self.wheel()
        with IndexServer(self.served) as server:
            got = self.fetch(wheel, server)
            self.assertLess(server.sent, 3_600_000)
        self.assertEqual(self.unpack(got), contents["thing/wanted.bin"])
        out = self.root / "out"
        found = sorted(str(path.relative_to(out)) for path in out.rglob("*.*"))
        self.assertEqual(found, ["include/a.h", "lib/wanted.bin"])

    def test_a_server_without_ranges_sends_the_whole_file(self):
        wheel, contents = self.wheel()
        with IndexServer(self.served, knows_ranges=False) as server:
            got = self.fetch(wheel, server)
        self.assertEqual(self.unpack(got), contents["thing/wanted.bin"])

    def test_cut_connections_are_continued(self):
        wheel, contents = self.wheel()
        with IndexServer(self.served, cut_after=700_000) as server:
            got = self.fetch(wheel, server)
            self.assertLess(server.sent, 3_600_000)
        self.assertEqual(self.unpack(got), contents["thing/wanted.bin"])

    def test_an_interrupted_download_continues_where_it_stopped(self):
        wheel, contents = self.wheel()
        with IndexServer(self.served) as server:
            advances = [None] * 6 + [KeyboardInterrupt]
            with mock.patch.object(console.Progress, "advance", side_effect=advances):
                with self.assertRaises(KeyboardInterrupt):
                    self.fetch(wheel, server)
            have = ranges.length(download.Download(wheel, self.root).have)
            self.assertGreater(have, 6 * download.CHUNK_BYTES)
            before = server.sent
            got = self.fetch(wheel, server)
            self.assertLess(server.sent - before, 3_100_000 - 6 * download.CHUNK_BYTES)
        self.assertEqual(self.unpack(got), contents["thing/wanted.bin"])

    def test_a_complete_download_needs_no_index(self):
        wheel, contents = self.wheel()
        (self.root / wheel.file).write_bytes((self.served / wheel.file).read_bytes())

        def unreachable():
            self.fail("the index was asked for")

        got = download.Download(wheel, self.root, unreachable)
        got.fetch()
        self.assertEqual(self.unpack(got), contents["thing/wanted.bin"])

    def test_changed_content_is_deleted_and_explained(self):
        wheel, _ = self.wheel(tamper="thing/wanted.bin")
        with IndexServer(self.served) as server:
            got = self.fetch(wheel, server)
        with self.assertRaisesRegex(console.SetupError, "wanted.bin has SHA-256.*\n.*was deleted"):
            self.unpack(got)
        self.assertEqual(list(self.root.glob("thing-*")), [])

    def test_an_index_with_another_file_of_that_name_is_refused(self):
        wheel, _ = self.wheel()
        with IndexServer(self.served, announced="0" * 64) as server:
            with self.assertRaisesRegex(console.SetupError, "offers a .* with SHA-256 0000"):
                self.fetch(wheel, server)

    def test_an_index_that_cannot_be_read_is_left_to_pip(self):
        wheel, contents = self.wheel()

        def pip_download(wheel, folder):
            folder.mkdir()
            (folder / wheel.file).write_bytes((self.served / wheel.file).read_bytes())
            return folder / wheel.file

        with mock.patch.object(download, "pip_download", pip_download):
            got = download.Download(
                wheel, self.root, lambda: PackageIndex({"index-url": "http://127.0.0.1:9"})
            )
            got.fetch()
        self.assertEqual(self.unpack(got), contents["thing/wanted.bin"])
        self.assertIn("could not read the package index", self.output.getvalue())

    def test_a_truncated_journal_starts_afresh(self):
        wheel, contents = self.wheel()
        (self.root / wheel.file).write_bytes(b"half")
        (self.root / f"{wheel.file}.ranges").write_text("[[0, 4")
        with IndexServer(self.served) as server:
            got = self.fetch(wheel, server)
        self.assertEqual(self.unpack(got), contents["thing/wanted.bin"])


class InstallTests(QuietTestCase):
    def installer(self, server):
        contents = {"thing/config.json": b"{}", "thing/model.safetensors": NOISE(100_000)}
        wheel = make_wheel(self.served, contents, {"thing/": ""})
        return install.Installer(
            self.root,
            pins.Pins("1", {}, {}, {"small": wheel}),
            make_index=lambda: PackageIndex({"index-url": server.address + "/simple"}),
        )

    def test_a_model_is_installed_once(self):
        with IndexServer(self.served) as server:
            installer = self.installer(server)
            installer.model("small")
            before = server.sent
            installer.model("small")
            self.assertEqual(server.sent, before)
        names = sorted(path.name for path in (self.root / ".models/small").iterdir())
        self.assertEqual(names, [".installed.json", "config.json", "model.safetensors"])
        self.assertEqual(list((self.root / ".setup/downloads").iterdir()), [])

    def test_an_interruption_while_unpacking_leaves_nothing_half_installed(self):
        with IndexServer(self.served) as server:
            installer = self.installer(server)
            with mock.patch.object(install, "unpack", side_effect=KeyboardInterrupt):
                with self.assertRaises(KeyboardInterrupt):
                    installer.model("small")
            self.assertFalse((self.root / ".models/small").exists())
            before = server.sent
            installer.model("small")
            self.assertEqual(server.sent, before)
        self.assertTrue((self.root / ".models/small/config.json").exists())

    def test_too_little_disk_space_is_told_before_the_wanted_parts_are_fetched(self):
        with IndexServer(self.served) as server:
            installer = self.installer(server)
            usage = mock.Mock(free=1_000_000)
            with mock.patch.object(install.shutil, "disk_usage", return_value=usage):
                with self.assertRaisesRegex(console.SetupError, "1.0 MB of disk space left"):
                    installer.model("small")
            self.assertLess(server.sent, 50_000)

    def test_a_symbolic_link_is_replaced_and_its_target_left_alone(self):
        with IndexServer(self.served) as server:
            installer = self.installer(server)
            (self.served / "mine").mkdir()
            (self.root / ".models").mkdir()
            (self.root / ".models/small").symlink_to(self.served / "mine")
            installer.model("small")
        self.assertFalse((self.root / ".models/small").is_symlink())
        self.assertEqual(list((self.served / "mine").iterdir()), [])

    def test_the_users_own_libtorch_is_checked(self):
        installer = install.Installer(self.root, pins.Pins("1", {}, {}, {}))
        with self.assertRaisesRegex(console.SetupError, "is no libtorch") as caught:
            installer.own_libtorch(self.served)
        self.assertEqual(caught.exception.exit_code, console.MISSING)
        self.write_libtorch(minor=10)
        with self.assertRaisesRegex(console.SetupError, "is version 2.10.0; .* 2.11 or newer"):
            installer.own_libtorch(self.served)
        self.write_libtorch(minor=11)
        installer.own_libtorch(self.served)
        text = (self.root / ".libtorch/pkgconfig/libtorch.pc").read_text()
        self.assertIn(f"prefix={self.served.resolve()}\n", text)
        self.assertIn("-ltorch_cpu -lc10 -l:libgomp-1234.so.1\n", text)

    def test_what_was_asked_for_once_holds(self):
        self.write_libtorch(minor=15)
        installer = install.Installer(self.root, pins.Pins("1", {}, {}, {}))
        installer.own_libtorch(self.served)
        installer.libtorch(with_cuda=False)
        text = (self.root / ".libtorch/pkgconfig/libtorch.pc").read_text()
        self.assertIn(f"prefix={self.served.resolve()}\n", text)

    def test_cuda_libraries_stay_and_follow_when_asked_for_later(self):
        contents = {"thing/lib/cpu.so": NOISE(1000), "thing/lib/cuda.so": NOISE(1000)}
        whole = make_wheel(self.served, contents, {"thing/lib/": "lib/"})
        part = dataclasses.replace(whole, take={"thing/lib/cpu.so": "lib/cpu.so"})
        name = pins.platform_name()
        with IndexServer(self.served) as server:
            installer = install.Installer(
                self.root,
                pins.Pins("1", {name: [part]}, {name: [whole]}, {}),
                make_index=lambda: PackageIndex({"index-url": server.address + "/simple"}),
            )
            libraries = self.root / ".libtorch/lib"
            for with_cuda, expected in ((False, 1), (True, 2), (False, 2)):
                installer.libtorch(with_cuda)
                self.assertEqual(len(list(libraries.iterdir())), expected)

    def write_libtorch(self, minor):
        header = self.served / "include/torch/headeronly/version.h"
        header.parent.mkdir(parents=True, exist_ok=True)
        header.write_text(
            f"#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR {minor}\n"
            "#define TORCH_VERSION_PATCH 0\n"
        )
        (self.served / "lib").mkdir(exist_ok=True)
        for name in ("libtorch_cpu.so", "libgomp-1234.so.1"):
            (self.served / "lib" / name).touch()


class IndexTests(unittest.TestCase):
    def test_pip_settings_take_the_nearest(self):
        listing = (
            ":env:.index-url='https://env/simple'\ndownload.cert='/d.pem'\n"
            "global.cert='/g.pem'\nglobal.index-url='https://global/simple'\ninstall.proxy='x'\n"
        )
        self.assertEqual(
            index.parse_pip_settings(listing), {"index-url": "https://env/simple", "cert": "/d.pem"}
        )

    def test_both_forms_of_a_project_page_are_read(self):
        page = "https://host/simple/thing/"
        expected = {"thing-1.0.whl": ("https://host/files/thing-1.0.whl", "ab")}
        text = '<a href="../../files/thing-1.0.whl#sha256=ab" data-x="&gt;">thing</a>'
        self.assertEqual(index.parse_html_page(text, page), expected)
        entry = {"filename": "thing-1.0.whl", "url": "/files/thing-1.0.whl"}
        content = json.dumps({"files": [entry | {"hashes": {"sha256": "ab"}}]}).encode()
        self.assertEqual(index.parse_json_page(content, page), expected)

    def test_credentials_leave_the_address(self):
        self.assertEqual(
            index.split_credentials("https://a:b%40c@host:8/simple"),
            ("https://host:8/simple", "Basic YTpiQGM="),
        )
        self.assertEqual(index.split_credentials("https://host/s"), ("https://host/s", None))


class RequirementsTests(unittest.TestCase):
    def test_swift_versions_are_told_apart(self):
        self.assertIsNone(requirements.swift_problem("Swift version 6.3.1 (swift-6.3.1-RELEASE)"))
        self.assertIsNone(requirements.swift_problem("Apple Swift version 10.0 (x)"))
        self.assertIn("is 6.1, but 6.2", requirements.swift_problem("Swift version 6.1 (x)"))
        self.assertIn("not installed", requirements.swift_problem(None))

    def test_everything_missing_is_named_with_one_command(self):
        with contextlib.ExitStack() as stack:
            for name in ("has_zlib", "has_cpp_library"):
                stack.enter_context(mock.patch.object(requirements, name, return_value=False))
            stack.enter_context(mock.patch.object(requirements.shutil, "which", return_value=None))
            stack.enter_context(
                mock.patch.object(requirements.platform, "system", return_value="Linux")
            )
            with self.assertRaises(console.SetupError) as caught:
                requirements.check()
        self.assertEqual(caught.exception.exit_code, console.MISSING)
        command = "apt-get install -y git pkg-config zlib1g-dev libstdc++-12-dev\n"
        self.assertIn(command, str(caught.exception))
        self.assertIn("Swift 6.2 or newer is not installed", str(caught.exception))


class PinsTests(unittest.TestCase):
    def test_the_committed_pins_are_complete(self):
        loaded = pins.load(Path(__file__).resolve().parent.parent / "setup-pins.json")
        self.assertEqual(set(loaded.models), {"splade-tiny", "all-MiniLM-L6-v2"})
        self.assertIn("linux-x86_64", loaded.libtorch)
        groups = [*loaded.libtorch.values(), *loaded.cuda.values(), loaded.models.values()]
        for wheel in (wheel for group in groups for wheel in group):
            self.assertTrue(wheel.file.startswith(wheel.project.replace("-", "_")), wheel)
            self.assertIn(wheel.version, wheel.file)
            self.assertRegex(wheel.sha256, "^[0-9a-f]{64}$")
            self.assertRegex(wheel.record_sha256, "^[0-9a-f]{64}$")
            self.assertLess(wheel.directory_offset, wheel.byte_count)
            self.assertTrue(wheel.take)

    def test_destinations_follow_take(self):
        wheel = pins.Wheel("a", "1", "a-1-py3-none-any.whl", 1, "", 0, "", {"x/": "", "y/z": "w"})
        self.assertEqual(wheel.destination("x/b/c"), "b/c")
        self.assertEqual(wheel.destination("y/z"), "w")
        self.assertIsNone(wheel.destination("x/b/"))
        self.assertIsNone(wheel.destination("y/zz"))
        self.assertEqual(wheel.record_name, "a-1.dist-info/RECORD")


class ProgressTests(unittest.TestCase):
    def test_a_plain_line_every_ten_seconds(self):
        stream = io.StringIO()
        now = [0.0]
        progress = console.Progress("thing", 100_000_000, stream, lambda: now[0])
        for second in (1, 9, 11, 15, 22):
            now[0] = second
            progress.advance(10_000_000)
        progress.finish()
        lines = stream.getvalue().splitlines()
        self.assertEqual(len(lines), 3)
        self.assertEqual(lines[0], "  thing:  30 %  30.0 MB of 100 MB  2.7 MB/s  0:26 left")
        self.assertEqual(lines[2], "  thing: 50.0 MB in 0:22 (2.3 MB/s)")


if __name__ == "__main__":
    unittest.main()
