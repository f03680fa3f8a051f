#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`inlay --trace` on a board of the bench, and the same program again on its trace alone.

Usage: replay.py INLAY_BENCH INLAY
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import tap

BENCH, INLAY = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
SETUP = str(HERE.parents[1] / "demo" / "blackpill.yaml")
TRACES = HERE.parent / "vectors" / "traces"
DEVIATED = 3


class Replay(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.trace = self.folder / "trace"
        self.runs = 0

    def run_inlay(self, where, *command):
        """A run on a desk of its own: with no rescue files of another."""
        self.runs += 1
        environment = {**os.environ, "INLAY_RESCUE_DIR": str(self.folder / f"rescue-{self.runs}")}
        return subprocess.run(
            [BENCH, "run", *where, "--", INLAY, *map(str, command), "--json"],
            capture_output=True, text=True, timeout=120, check=False, env=environment)

    def record(self, *command):
        done = self.run_inlay(("--setup", SETUP), *command, "--trace", self.trace)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return self.events(done)

    def replay(self, *command, trace=None):
        return self.run_inlay(("--replay", str(trace or self.trace)), *command)

    def events(self, done):
        """All but what is a matter of the host's speed."""
        events = [json.loads(line) for line in done.stdout.splitlines()]
        for event in events:
            event.pop("ms", None)
        return [event for event in events if event["event"] != "progress"]

    def images(self):
        noise = random.Random(1)
        for name in ("low.bin", "high.bin"):
            (self.folder / name).write_bytes(noise.randbytes(5000))
        return [f"{self.folder / 'low.bin'}@0x08000100", f"{self.folder / 'high.bin'}@0x08020000"]

    def test_a_flash_job(self):
        recorded = self.record("flash", *self.images())
        done = self.replay("flash", *self.images())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.events(done), recorded)

    def test_a_changed_trace_is_noticed(self):
        self.record("info")
        lines = self.trace.read_text().splitlines()
        changes = [n for n, line in enumerate(lines) if '"command":"f235' in line or '"command":"f230' in line]
        lines[changes[0]] = lines[changes[0]].replace('"command":"f23', '"command":"f2e')
        self.trace.write_text("\n".join([*lines, ""]))
        done = self.replay("info")
        self.assertEqual(done.returncode, DEVIATED, done.stdout)
        self.assertIn(f"{self.trace}:{changes[0] + 1}: ", done.stderr)

    def test_another_command_is_noticed(self):
        self.record("info")
        done = self.replay("reset")
        self.assertEqual(done.returncode, DEVIATED, done.stdout)
        self.assertIn(f"{self.trace}:", done.stderr)

    def test_what_is_not_asked_for_is_noticed(self):
        self.record("info")
        done = self.replay("list")
        self.assertEqual(done.returncode, DEVIATED, done.stdout)
        self.assertIn("was not asked for", done.stderr)

    def test_the_traces_that_were_contributed(self):
        traces = sorted(TRACES.glob("*.trace"))
        self.assertTrue(traces)
        for path in traces:
            with self.subTest(path.name):
                wanted = json.loads(path.with_suffix(".json").read_text())
                done = self.replay(*wanted["command"], trace=path)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                found = [event for event in self.events(done) if event["event"] == "board"]
                self.assertEqual(len(found), 1)
                self.assertEqual({**found[0], **wanted["board"]}, found[0])


if __name__ == "__main__":
    tap.main()
