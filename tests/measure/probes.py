# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints what a flashing costs, beside st-flash and OpenOCD: commands, bytes on USB and seconds by the bench's model.

Model seconds are modelled transfers plus the chip's time (docs/bench.md). They compare tools with each other; they are not
measurements on hardware. Every tool erases what it must, writes and verifies the same image on the same flash.
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

KIB = 1024
FLASH = 0x08000000
desk = pathlib.Path(tempfile.mkdtemp(prefix="inlay-measure-"))
os.environ["INLAY_RESCUE_DIR"] = str(desk / "rescue")
noise = random.Random(1)
OLD = noise.randbytes(512 * KIB)
NEW = noise.randbytes(256 * KIB)
EDITED = NEW[: 100 * KIB] + noise.randbytes(64) + NEW[100 * KIB + 64 :]

SCENARIOS = [
    ("blank board", b"", NEW),
    ("another product on the board", OLD, NEW),
    ("64 bytes changed in one sector", NEW + OLD[256 * KIB :], EDITED),
    ("nothing changed", NEW + OLD[256 * KIB :], NEW),
]


def openocd(image, *before):
    program = f"program {image} verify reset exit 0x{FLASH:08x}"
    quiet = "gdb_port disabled; tcl_port disabled; telnet_port disabled"
    return ["openocd", "-f", "interface/stlink.cfg", "-f", "target/stm32f4x.cfg", "-c", quiet, *before, "-c", program]


# st-flash sleeps by the host's clock while its loader works, so that for it the two clocks have to go together.
TOOLS = [
    ("inlay", "virtual", lambda image: ["inlay", "flash", f"{image}@0x{FLASH:08x}"]),
    ("st-flash", "real", lambda image: ["st-flash", "--reset", "write", str(image), f"0x{FLASH:08x}"]),
    (
        "st-flash --freq=4000k",
        "real",
        lambda image: ["st-flash", "--freq=4000k", "--reset", "write", str(image), f"0x{FLASH:08x}"],
    ),
    ("openocd", "virtual", lambda image: openocd(image)),
    ("openocd, 4 MHz", "virtual", lambda image: openocd(image, "-c", "adapter speed 4000")),
]

SETUP = """\
boards:
  - {{name: board, chip: STM32F411CE, supply: 3300, hse: 25000000, flash: old.bin, seed: 1}}
probes:
  - {{kind: {kind}, port: 1-4, serial: 066DFF485550755187154321, board: board}}
"""


def run(kind, clock, old, new, command):
    """-> (commands, bytes, model seconds) of one tool on a fresh bench; the flash must hold the image afterwards."""
    (desk / "old.bin").write_bytes(old + b"\xff" * (512 * KIB - len(old)))
    (desk / "setup.yaml").write_text(SETUP.format(kind=kind))
    image = desk / "new.bin"
    image.write_bytes(new)
    done = subprocess.run(
        ["inlay-bench", "run", "--setup", desk / "setup.yaml", "--clock", clock, "--save", desk / "out", "--"]
        + command(image),
        capture_output=True,
        text=True,
        timeout=300,
    )
    if done.returncode != 0 or (desk / "out" / "board.bin").read_bytes()[: len(new)] != new:
        sys.exit(f"{command(image)} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
    probe = json.loads((desk / "out" / "counters.json").read_text())["probes"][0]
    return probe["commands"], probe["bytes_out"] + probe["bytes_in"], probe["seconds"]


for kind in ("V2-1", "V3"):
    for title, old, new in SCENARIOS:
        print(f"\n{kind}, {len(new) // KIB} KiB, {title}")
        print(f"  {'':24}{'commands':>10}{'KiB on USB':>12}{'model s':>10}{'x inlay':>9}")
        base = None
        for tool, clock, command in TOOLS:
            commands, size, seconds = run(kind, clock, old, new, command)
            base = base or seconds
            print(f"  {tool:24}{commands:>10}{size / KIB:>12.0f}{seconds:>10.2f}{seconds / base:>9.1f}", flush=True)
print("\nSeconds by the bench's model, not on hardware.")
