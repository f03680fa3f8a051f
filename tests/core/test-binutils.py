# SPDX-License-Identifier: GPL-2.0-or-later
"""What binutils writes, `inlay` reads; what `size` says of a program, `inlay size` says too."""
import gzip
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import tap  # noqa: E402

INLAY, FIRMWARE = os.environ["INLAY"], pathlib.Path(os.environ["FIRMWARE"])
DESK = pathlib.Path(tempfile.mkdtemp(prefix="inlay-binutils-"))
PROGRAMS = [FIRMWARE / f"{name}.elf" for name in ("selector", "application1", "application2", "blink")]
# Longer than what an offset of 16 bits reaches.
DUMP = DESK / "dump.bin"
DUMP.write_bytes(random.Random(3).randbytes(100_001))


def run(*arguments):
    return subprocess.run([*map(str, arguments)], capture_output=True, text=True, timeout=30)


def objcopy(*arguments):
    done = run("arm-none-eabi-objcopy", *arguments)
    assert done.returncode == 0, done.stderr


def difference(first, second):
    """None, or what `inlay diff` says."""
    done = run(INLAY, "diff", first, second)
    return None if done.returncode == 0 else done.stdout + done.stderr


class Binutils(unittest.TestCase):
    def test_programs_in_every_format(self):
        for elf in PROGRAMS:
            for how in (["ihex"], ["srec"], ["srec", "--srec-len=7"], ["srec", "--srec-forceS3"]):
                out = DESK / "out"
                objcopy("-O", *how, elf, out)
                self.assertIsNone(difference(elf, out), (elf, how))
                out.write_bytes(gzip.compress(out.read_bytes()))
                self.assertIsNone(difference(elf, out), (elf, how))

    def test_dumps_at_any_address(self):
        for addr in (0, 0xF000, 0x10000, 0x0800FFF1, 0xFFFE795F):
            for how in (["ihex"], ["srec", "--srec-len=33"]):
                out = DESK / "out"
                objcopy("-I", "binary", "-O", *how, f"--change-addresses={addr:#x}", DUMP, out)
                self.assertIsNone(difference(f"{DUMP}@{addr:#x}", out), (hex(addr), how))

    def test_segments_of_64_kib(self):
        """objcopy writes type 02 for what lies below 1 MiB, and type 04 above."""
        out = DESK / "out"
        objcopy("-I", "binary", "-O", "ihex", "--change-addresses=0xf0000", DUMP, out)
        text = out.read_text()
        self.assertIn(":02000002", text)
        self.assertIn(":02000004", text)
        self.assertIsNone(difference(f"{DUMP}@0xf0000", out))

    def test_sizes(self):
        done = run(INLAY, "size", "--json", *PROGRAMS)
        ours = [json.loads(line) for line in done.stdout.splitlines()][:-1]
        theirs = run("arm-none-eabi-size", *PROGRAMS).stdout.splitlines()[1:]
        self.assertEqual(len(ours), len(PROGRAMS))
        for our, their in zip(ours, theirs):
            text, data, bss = map(int, their.split()[:3])
            self.assertEqual((our["text"], our["data"], our["bss"]), (text, data, bss), their)
            self.assertEqual(our["flash"], text + data)
            self.assertEqual(our["ram"], data + bss)


tap.main()
