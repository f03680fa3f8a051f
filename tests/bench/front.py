#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a program sees that `inlay-bench run` has started: probes, exit codes, plugging, messages.

Usage: front.py INLAY_BENCH WATCH
"""
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap

BENCH = os.path.abspath(sys.argv.pop(1))
WATCH = os.path.abspath(sys.argv.pop(1))

ONE = """
boards:
  - name: left
    chip: STM32F411CE
probes:
  - kind: V2-1
    port: 1-4
    serial: 066DFF485550755187154321
    board: left
"""
TWO = ONE + """
  - kind: V3
    port: 1-2.1
    serial: 003300413137510239383538
"""
PORT = """
ports:
  - {kind: CP210x, tty: ttyUSB0, port: 1-6, foreign: older}
"""


class Front(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def bench(self, setup, *command, options=()):
        path = os.path.join(self.folder, "setup.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(setup)
        return subprocess.run(
            [BENCH, "run", "--setup", path, *options, "--", *command],
            capture_output=True, text=True, timeout=60, check=False)

    def script(self, setup, text):
        result = self.bench(setup, "sh", "-euc", text.replace("ctl ", f"{BENCH} ctl "))
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def test_a_probe_and_its_chip(self):
        result = self.bench(ONE, "st-info", "--probe")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("Found 1 stlink programmers", result.stdout)
        self.assertIn("serial:     066DFF485550755187154321", result.stdout)
        self.assertIn("chipid:     0x0431", result.stdout)

    def test_two_probes(self):
        result = self.bench(TWO, "st-info", "--probe")
        self.assertIn("Found 2 stlink programmers", result.stdout)
        self.assertIn("version:    V3J10", result.stdout)

    def test_no_probe(self):
        result = self.bench("{}\n", "st-info", "--probe")
        self.assertIn("Found 0 stlink programmers", result.stdout)

    def test_a_foreign_flash_is_read_and_saved(self):
        before = os.path.join(self.folder, "before.bin")
        with open(before, "wb") as file:
            file.write(b"before")
        self.bench(PORT.replace("older", "older, flash: before.bin"), "true", options=("--save", self.folder))
        with open(os.path.join(self.folder, "ttyUSB0.bin"), "rb") as file:
            self.assertEqual(file.read(), b"before" + b"\xff" * (0x100000 - 6))

    def test_exit_codes(self):
        for command, code in (("exit 0", 0), ("exit 37", 37), ("kill -9 $$", 137)):
            self.assertEqual(self.bench(ONE, "sh", "-c", command).returncode, code, command)
        self.assertEqual(self.bench(ONE, "/does/not/exist").returncode, 2)

    def test_unplugged_and_plugged_again(self):
        out = self.script(TWO, "ctl unplug 1-2.1; st-info --probe; ctl plug 1-2.1; st-info --probe")
        self.assertIn("Found 1 stlink programmers", out)
        self.assertIn("Found 2 stlink programmers", out)

    def test_all_programs_see_what_comes_and_goes(self):
        out = self.script(ONE, f"""
            for i in 1 2 3; do mkfifo {self.folder}/$i; done
            for i in 1 2 3; do {WATCH} 2 > {self.folder}/$i & done
            exec 4< {self.folder}/1 5< {self.folder}/2 6< {self.folder}/3
            for fd in 4 5 6; do read -r word <&$fd; [ "$word" = watching ]; done
            ctl unplug 1-4; ctl plug 1-4; wait; cat <&4; cat <&5; cat <&6
            """)
        self.assertEqual(out.split(), ["left", "arrived"] * 3)

    def test_a_lost_transfer_ends_with_an_error(self):
        for fault, error in (("unplug", "LIBUSB_ERROR_NO_DEVICE"), ("stall", "LIBUSB_ERROR_PIPE")):
            out = self.script(ONE, f"ctl fault 1-4 9 {fault}; ! st-flash read {self.folder}/a 0x08000000 64 2>&1")
            self.assertIn(error, out)

    def test_wrong_setups_say_where(self):
        for text, message in (
                (ONE + "    speed: 4\n", "setup.yaml:10:5: "),
                (ONE.replace("V2-1", "V9"), "no such probe: V9"),
                (ONE.replace("1-4", "fast"), "no path of a USB port: fast"),
                (ONE.replace("board: left", "board: right"), "setup.yaml:9:12: no board is named right"),
                (PORT.replace("port:", "parity: even, port:"), "setup.yaml:3:34: "),
                (PORT.replace("older", "newer"), "setup.yaml:3:54: published, complete or older expected, found newer"),
                (PORT.replace("older", "older, tick: soon"), "setup.yaml:3:67: no duration"),
                (PORT.replace("older", "older, flash: missing.bin"), "missing.bin"),
                (PORT.replace("older", "older, dtr: led"), "expected nrst, boot0 or button, got \"led\""),
                (PORT.replace("CP210x", "PL2303"), "expected FTDI, CP210x or ST-LINK, got \"PL2303\""),
                (PORT.replace("CP210x", "ST-LINK"), "port ttyUSB0: "),
                (PORT.replace("CP210x", "ST-LINK").replace("USB", "ACM"), "port ttyACM0: no probe is at its USB port"),
                (PORT + PORT.splitlines()[2] + "\n", "port ttyUSB0: another port has its name or its USB port"),
                (ONE + PORT.replace("1-6", "1-4"), "port ttyUSB0: a probe is at its USB port"),
        ):
            result = self.bench(text, "true")
            self.assertEqual(result.returncode, 2)
            self.assertIn(message, result.stderr)

    def test_ctl_says_what_is_wrong(self):
        for verb, message in (
                ("run left soon", "no duration up to an hour (1.5s, 100ms, 20us): soon"),
                ("led middle", "no board is named middle"),
                ("plug 3-1", "no probe belongs at port 3-1"),
                ("dance", "no such verb: dance"),
                ("plug ttyUSB9", "no port is named ttyUSB9"),
                ("port ttyUSB0 noise loss=1", "drop=N, garble=N or duplicate=N expected, got loss=1"),
                ("port ttyUSB0 colour red", "noise, tick or access expected, got colour"),
                ("power left", "usage: inlay-bench ctl power BOARD on|off"),
        ):
            result = self.bench(ONE + PORT, BENCH, "ctl", *verb.split())
            self.assertEqual(result.returncode, 1)
            self.assertEqual(result.stderr.count("\n"), 1)
            self.assertIn(message, result.stderr)


tap.main()
