#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What OpenOCD and st-flash make of a virtual chip's option bytes, protection and OTP.

Usage: options.py INLAY_BENCH
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
SETUP = """boards:
  - name: board
    chip: {chip}
    flash: before.bin
{more}probes:
  - kind: V2-1
    port: 1-1
    serial: 066DFF485550755187154321
    board: board
"""
# Runs openocd: TARGET COMMANDS
OPENOCD = """openocd() {
  command openocd -f interface/stlink.cfg -c 'transport select hla_swd' -f "target/$1.cfg" \\
    -c 'gdb_port disabled; tcl_port disabled; telnet_port disabled' -c "init; reset halt; $2; shutdown" 2>&1
}
ctl() { "$BENCH" ctl "$@"; }
replug() { ctl power board off; ctl power board on; }
"""


class Options(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.before = random.Random(3).randbytes(0x10000)
        self.write("before.bin", self.before)

    def write(self, name, content):
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(content)

    def saved(self, name):
        with open(os.path.join(self.folder, "save", "board." + name), "rb") as file:
            return file.read()

    def words(self, name):
        cells = self.saved(name)
        return [int.from_bytes(cells[i:i + 4], "little") for i in range(0, len(cells), 4)]

    def station(self, chip, script, more=""):
        """Runs the script; gives what it printed, and expects no complaint of the chip."""
        self.write("setup.yaml", SETUP.format(chip=chip, more=more).encode())
        self.write("script", (OPENOCD + script).encode())
        done = subprocess.run([BENCH, "run", "--setup", "setup.yaml", "--clock", "free", "--save", "save", "--", "sh",
                               "-eu", "script"], cwd=self.folder, env=os.environ | {"BENCH": BENCH},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn(b"fault", self.saved("events"), done.stdout)
        return done.stdout

    def test_openocd_protects_sectors_of_an_f4(self):
        out = self.station("STM32F411CE", """
            openocd stm32f4x 'flash protect 0 1 2 on; stm32f2x options_write 0 0xe8'
            replug
            openocd stm32f4x 'echo [mdw 0x40023c14]; echo [flash info 0]'
            openocd stm32f4x 'flash erase_sector 0 1 1' && exit 1
            ctl options board
            """)
        self.assertIn("0x40023c14: 0ff9aae9", out)
        self.assertRegex(out, r"#  1: 0x00004000 \(0x4000 16kB\) protected")
        self.assertRegex(out, r"#  3: 0x0000c000 \(0x4000 16kB\) not protected")
        self.assertIn("in force: read protection level 0, write protection sectors 1 2,", out)
        self.assertEqual(self.words("options")[0], 0x5504aafb)
        self.assertEqual(self.saved("bin")[:0x10000], self.before)

    def test_openocd_locks_and_unlocks_an_f4(self):
        out = self.station("STM32F411CE", """
            openocd stm32f4x 'stm32f2x lock 0'
            replug
            ctl flash board locked.bin
            openocd stm32f4x 'mdw 0x08000000' && exit 1
            openocd stm32f4x 'stm32f2x unlock 0'
            ctl options board
            replug
            openocd stm32f4x 'echo [mdw 0x08000000]'
            """)
        self.assertIn("in force: read protection level 1", out)
        self.assertIn("stored:   read protection level 0", out)
        self.assertIn("0x08000000: ffffffff", out)
        with open(os.path.join(self.folder, "locked.bin"), "rb") as file:
            self.assertEqual(file.read()[:0x10000], self.before)
        self.assertEqual(self.saved("bin").strip(b"\xff"), b"")

    def test_openocd_writes_otp(self):
        block = random.Random(5).randbytes(32)
        self.write("block", block)
        # A byte access at PSIZE 0 locks block 1: OpenOCD has no command for it that works.
        out = self.station("STM32F411CE", """
            openocd stm32f4x 'flash probe 1; stm32f2x otp 1 enable; flash write_image block 0x1fff7820 bin'
            openocd stm32f4x 'mww 0x40023c04 0x45670123; mww 0x40023c04 0xcdef89ab; mww 0x40023c10 1; mwb 0x1fff7a01 0'
            openocd stm32f4x 'flash probe 1; echo [flash info 1]; stm32f2x otp 1 enable; flash fillh 0x1fff7820 0 2' || true
            ctl options board
            """)
        self.assertRegex(out, r"#  1: 0x00000020 \(0x20 0kB\) protected")
        self.assertIn("otp:      locked blocks 1\n", out)
        self.assertIn("write protected", out)
        self.assertEqual(self.saved("otp"), b"\xff" * 32 + block + b"\xff" * 448 + b"\xff\x00" + b"\xff" * 14)
        # Another run goes on from what was saved.
        out = self.station("STM32F411CE", "openocd stm32f4x 'echo [mdw 0x1fff7820]'; ctl options board",
                           more="    otp: save/board.otp\n    options: save/board.options\n")
        self.assertIn(f"0x1fff7820: {int.from_bytes(block[:4], 'little'):08x}", out)
        self.assertIn("otp:      locked blocks 1\n", out)

    def test_st_flash_and_openocd_agree_on_an_f4(self):
        out = self.station("STM32F407VG", """
            st-flash --area=option read
            st-flash --area=option write 0x0ffdaae8
            st-flash --reset --area=option read
            openocd stm32f4x 'echo [mdw 0x40023c14]; echo [mdw 0x1fffc000 3]'
            """)
        self.assertIn("\n0fffaaed\n", out)
        self.assertIn("\n0ffdaae9\n", out)
        self.assertIn("0x40023c14: 0ffdaae9", out)
        self.assertIn("0x1fffc000: 5504aafb ffffffff f0020ffd", out)

    def test_openocd_writes_options_of_an_f1(self):
        out = self.station("STM32F103CB", """
            openocd stm32f1x 'flash protect 0 4 5 on'
            openocd stm32f1x 'stm32f1x options_write 0 SWWDG RSTSTOP USEROPT 0x1234'
            openocd stm32f1x 'echo [stm32f1x options_read 0]; flash erase_sector 0 16 16' && exit 1
            ctl options board
            """)
        self.assertIn("write protection units 4 5, software watchdog, user 0xfd, data 0x34 0x12", out)
        self.assertEqual(self.words("options"), [0x02fd5aa5, 0xed12cb34, 0x00ff30cf, 0x00ff00ff])
        self.assertEqual(self.saved("bin")[:0x10000], self.before)

    def test_openocd_locks_and_unlocks_an_f1(self):
        out = self.station("STM32F103CB", """
            openocd stm32f1x 'stm32f1x lock 0'
            replug
            openocd stm32f1x 'mdw 0x08000000' && exit 1
            openocd stm32f1x 'stm32f1x unlock 0'
            ctl options board
            replug
            openocd stm32f1x 'echo [mdw 0x08000000]'
            """)
        self.assertIn("in force: read protection level 1", out)
        self.assertIn("0x08000000: ffffffff", out)
        self.assertEqual(self.words("options")[0] & 0xffff, 0x5aa5)

    def test_openocd_loads_options_of_an_f3(self):
        out = self.station("STM32F303VC", """
            openocd stm32f3x 'stm32f1x options_write 0 SWWDG USEROPT 0x1234; stm32f1x options_load 0'
            openocd stm32f3x 'echo [mdw 0x4002201c]'
            """)
        self.assertIn("0x4002201c: 1234ff00", out)
        self.assertIn(b"reset: option bytes", self.saved("events"))
        self.assertEqual(self.saved("bin")[:0x10000], self.before)


tap.main()
