#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Unmodified third-party programs know the bench's chips by their ids, and find their sectors where they expect them.

Usage: chips.py INLAY_BENCH
"""
import os
import random
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap

BENCH = os.path.abspath(sys.argv.pop(1))
BASE = 0x08000000
KIB = 1024
# chip, OpenOCD's name of the family, size of the flash, and of a sector from its start to its end
CHIPS = [
    ("STM32F103C6", "f1x", 32 * KIB, 0x08006800, 0x08006C00),
    ("STM32F103ZE", "f1x", 512 * KIB, 0x0807F800, 0x08080000),
    ("STM32F303VC", "f3x", 256 * KIB, 0x08021000, 0x08021800),
    ("STM32F401RC", "f4x", 256 * KIB, 0x08010000, 0x08020000),
    ("STM32F407VG-A", "f4x", 1024 * KIB, 0x080E0000, 0x08100000),
    ("STM32F412ZG", "f4x", 1024 * KIB, 0x0800C000, 0x08010000),
    ("STM32F429ZI", "f4x", 2048 * KIB, 0x08104000, 0x08108000),
    ("STM32F446RE", "f4x", 512 * KIB, 0x08004000, 0x08008000),
]
SCRIPT = """
openocd -f interface/stlink.cfg -c 'transport select hla_swd; adapter serial {serial}' -f target/stm32{family}.cfg \
    -c 'gdb_port disabled; tcl_port disabled; telnet_port disabled' \
    -c 'program image 0x{addr:08x} verify reset exit' > openocd.{index} 2>&1
inlay-bench ctl flash board{index} openocd.{index}.bin
inlay-bench ctl load board{index} before.{index}
st-flash --serial {serial} write image 0x{addr:08x} > st-flash.{index} 2>&1
"""


class Chips(unittest.TestCase):
    def test_programming_a_sector_of_each(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            self.run_in_folder()
            os.chdir("/")

    def run_in_folder(self):
        image = random.Random(1).randbytes(900)
        boards, probes, script, before = "boards:\n", "probes:\n", "", []
        write("image", image)
        for index, (chip, family, size, addr, _) in enumerate(CHIPS):
            serial = f"0669FF4955565067671234{index:02d}"
            boards += f"  - {{name: board{index}, chip: {chip}, flash: before.{index}}}\n"
            probes += f"  - {{kind: V2-1, port: 1-{index + 1}, serial: {serial}, board: board{index}}}\n"
            script += SCRIPT.format(index=index, serial=serial, family=family, addr=addr)
            before.append(random.Random(chip).randbytes(size))
            write(f"before.{index}", before[-1])
        write("setup.yaml", (boards + probes).encode())
        done = subprocess.run(
            [BENCH, "run", "--setup", "setup.yaml", "--clock", "free", "--save", "save", "--", "sh", "-ec", script],
            env={**os.environ, "PATH": f"{os.path.dirname(BENCH)}:{os.environ['PATH']}"},
            capture_output=True, text=True, timeout=150, check=False)
        logs = [name for name in sorted(os.listdir()) if name[:-1] in ("openocd.", "st-flash.")]
        said = "".join(read(name).decode(errors="replace") for name in logs)[-4000:]
        self.assertEqual(done.returncode, 0, said + done.stderr)
        for index, (chip, _, _, addr, end) in enumerate(CHIPS):
            expected = bytearray(before[index])
            expected[addr - BASE : end - BASE] = image + b"\xff" * (end - addr - len(image))
            for tool in (f"openocd.{index}.bin", f"save/board{index}.bin"):
                self.assertEqual(read(tool), bytes(expected), f"{chip}, {tool}")
            self.assertIn(b"Verified OK", read(f"openocd.{index}"))


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def read(path):
    with open(path, "rb") as file:
        return file.read()


tap.main()
