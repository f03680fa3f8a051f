#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The man pages say what --help says, all of it, and groff has nothing against them.

Usage: manual.py INLAY
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import tap

INLAY = os.path.abspath(sys.argv.pop(1))


def inlay(*arguments):
    return subprocess.run([INLAY, *arguments], capture_output=True, text=True, timeout=30, check=True).stdout


def commands():
    listed = inlay("--help").split("Commands")[1].split("\n\n")[0]
    return re.findall(r"^  (\S+) ", listed, re.MULTILINE)


def page_name(command):
    return f"inlay-{command.lstrip('-')}.1"


def options(page):
    return set(re.findall(r"--[a-z-]+", page.split("\nOptions:\n")[-1].split("\n\n")[0])) - {"--help"}


class Manual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        inlay("manual", "-o", str(cls.folder / "man1"))
        cls.pages = {path.name: path for path in (cls.folder / "man1").iterdir()}

    def render(self, name):
        done = subprocess.run(
            ["groff", "-man", "-ww", "-Tutf8", "-P-cbou", str(self.pages[name])],
            capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), name)
        return done.stdout

    def test_each_command_has_a_page_and_groff_likes_it(self):
        wanted = {page_name(command) for command in commands()} | {"inlay.1"}
        self.assertGreater(len(wanted), 10)
        self.assertEqual(set(self.pages), wanted)
        for name in self.pages:
            self.render(name)

    def test_pages_have_every_option(self):
        for command in commands():
            help_page = inlay(command, "--help")
            verbs = re.findall(rf"^  inlay {command} (\S+)", help_page, re.MULTILINE) if "\nOptions:" not in help_page else []
            wanted = set().union(*(options(inlay(command, verb, "--help")) for verb in verbs)) if verbs else options(help_page)
            missing = wanted - set(re.findall(r"--[a-z-]+", self.render(page_name(command))))
            self.assertFalse(missing, f"{command}: not in its page: {missing}")

    def test_help_fits_the_screen(self):
        top = inlay("--help")
        self.assertLessEqual(len(top.splitlines()), 40)
        for page in [top, *(inlay(command, "--help") for command in commands())]:
            for line in page.splitlines():
                self.assertLessEqual(len(line), 80, line)

    def test_the_page_about_all_has_every_exit_code(self):
        page = self.render("inlay.1")
        rows = re.findall(r"^\| (\d+) \| ([a-z-]+) \|", inlay("errors"), re.MULTILINE)
        self.assertGreater(len(rows), 30)
        for code, error_id in rows:
            self.assertRegex(page, rf"(?m)^ +{code} {error_id}(\s|$)")


if __name__ == "__main__":
    tap.main()
