#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Unmodified third-party programs on the virtual station leave exactly the bytes they were given.

Usage: peers.py INLAY_BENCH
"""
import json
import os
import random
import shlex
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap

BENCH = os.path.abspath(sys.argv.pop(1))
SIZE = 0x80000
BASE = 0x08000000
SERIALS = {"left": "066DFF485550755187154321", "right": "003300413137510239383538"}

BOARD = """  - name: {name}
    chip: STM32F411CE
    hse: 25000000
    uart: USART2
    flash: before.bin
"""
PROBE = """  - kind: {kind}
    port: {port}
    serial: {serial}
    board: {name}
"""
QUIET = "gdb_port disabled; tcl_port disabled; telnet_port disabled"


def openocd(image, address, transport="hla_swd", serial=None):
    interface = "interface/stlink.cfg" if transport == "hla_swd" else "interface/stlink-dap.cfg"
    pick = ["-c", f"adapter serial {serial}"] if serial else []
    return ["openocd", "-f", interface, "-c", f"transport select {transport}", *pick, "-f", "target/stm32f4x.cfg",
            "-c", QUIET, "-c", f"program {image} 0x{address:08x} verify reset exit"]


class Peers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        # The end of a used chip: what no tool is told to write must stay.
        self.before = bytes([0xFF]) * (SIZE // 2) + random.Random(3).randbytes(SIZE // 2)
        self.write("before.bin", self.before)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def image(self, name, size):
        content = random.Random(name).randbytes(size)
        self.write(name, content)
        return content

    def bench(self, *commands, kind="V2-1", boards=("left",), clock="free"):
        """Runs the commands side by side on one station, to their end; gives what they printed."""
        setup = "boards:\n" + "".join(BOARD.format(name=name) for name in boards) + "probes:\n" + "".join(
            PROBE.format(kind=kind, port=f"1-{i + 1}", serial=SERIALS[name], name=name)
            for i, name in enumerate(boards))
        self.write("setup.yaml", setup.encode())
        lines = ["pids="]
        for i, command in enumerate(commands):
            lines.append(f"{shlex.join(command)} > out{i} 2>&1 & pids=\"$pids $!\"")
        lines.append("for pid in $pids; do wait $pid; done")
        done = subprocess.run(
            [BENCH, "run", "--setup", self.path("setup.yaml"), "--clock", clock, "--save", self.path("save"), "--",
             "sh", "-euc", "\n".join(lines)],
            cwd=self.folder, capture_output=True, text=True, timeout=100, check=False)
        output = "".join(self.read(f"out{i}").decode(errors="replace") for i in range(len(commands)))
        self.assertEqual(done.returncode, 0, output + done.stderr)
        return output

    def expect_flash(self, image, address, sectors_end, board="left"):
        """The image, 0xFF up to the end of its last sector, and all else as before."""
        offset = address - BASE
        end = sectors_end - BASE
        flash = self.read(f"save/{board}.bin")
        self.assertEqual(len(flash), SIZE)
        self.assertEqual(flash[:offset], self.before[:offset])
        self.assertEqual(flash[offset:offset + len(image)], image)
        self.assertEqual(flash[offset + len(image):end].strip(b"\xff"), b"")
        self.assertEqual(flash[end:], self.before[end:])

    def test_st_flash_write_to_a_blank_sector(self):
        for kind in ("V2", "V2-1", "V3"):
            image = self.image(kind, 50000)
            out = self.bench(["st-flash", "write", kind, "0x08000000"], kind=kind)
            self.assertIn("verified", out)
            self.expect_flash(image, BASE, BASE + 0x10000)

    def test_st_flash_write_over_used_sectors(self):
        image = self.image("image", 150000)
        self.bench(["st-flash", "write", "image", "0x08040000"])
        self.expect_flash(image, 0x08040000, BASE + SIZE)

    def test_st_flash_read(self):
        self.bench(["st-flash", "read", "dump", "0x08000000", str(SIZE)])
        self.assertEqual(self.read("dump"), self.before)

    def test_st_flash_erase(self):
        self.bench(["st-flash", "erase"])
        self.assertEqual(self.read("save/left.bin"), bytes([0xFF]) * SIZE)

    def test_openocd_programs_and_verifies(self):
        for kind, transport in (("V2", "hla_swd"), ("V2-1", "hla_swd"), ("V2-1", "dapdirect_swd"),
                                ("V3", "dapdirect_swd")):
            image = self.image(kind + transport, 70001)
            out = self.bench(openocd(kind + transport, 0x08040000, transport), kind=kind)
            self.assertIn("Verified OK", out)
            self.expect_flash(image, 0x08040000, 0x08060000)

    def test_two_at_once(self):
        left, right = self.image("left", 30000), self.image("right", 40000)
        self.bench(openocd("left", BASE, serial=SERIALS["left"]),
                   ["st-flash", "--serial", SERIALS["right"], "write", "right", "0x08000000"],
                   boards=("left", "right"))
        self.expect_flash(left, BASE, BASE + 0x8000, "left")
        self.expect_flash(right, BASE, BASE + 0xC000, "right")

    def test_modelled_time_at_the_pace_of_the_wall_clock(self):
        image = self.image("image", 16384)
        self.bench(["st-flash", "write", "image", "0x08000000"], clock="real")
        self.expect_flash(image, BASE, BASE + 0x4000)
        counters = json.loads(self.read("save/counters.json"))
        # st-flash erases at x8: 400 ms for 16 KiB, typically; it programs 4096 words of 16 us at least.
        self.assertGreater(counters["probes"][0]["seconds"], 0.465)
        self.assertLess(counters["probes"][0]["seconds"], 3)
        self.assertEqual(counters["boards"][0]["sector_erases"], [1, 0, 0, 0, 0, 0, 0, 0])


tap.main()
