# SPDX-License-Identifier: GPL-2.0-or-later
"""The bench's L432 before strangers, who know that chip: st-flash and OpenOCD write it, and agree with inlay."""
import random
import subprocess

from station import fails, flash, load, main, passes, write_file

IMAGE = write_file("image.bin", random.Random(7).randbytes(30_008))
OTHER = write_file("other.bin", random.Random(8).randbytes(20_008))


def run(*command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def openocd(*commands):
    quiet = "gdb_port disabled; tcl_port disabled; telnet_port disabled"
    words = [word for command in (quiet, *commands) for word in ("-c", command)]
    run("openocd", "-f", "interface/stlink.cfg", "-f", "target/stm32l4x.cfg", *words)


def test_st_flash_writes_and_inlay_verifies():
    load("l432", random.Random(9).randbytes(256 * 1024))
    run("st-flash", "--reset", "write", IMAGE, "0x08000000")
    assert flash("l432").startswith(IMAGE.read_bytes())
    passes("verify", f"{IMAGE}@0x08000000")


def test_openocd_writes_and_inlay_verifies():
    openocd(f"program {OTHER} verify reset exit 0x08010000")
    passes("verify", f"{OTHER}@0x08010000")
    fails("verify-failed", "verify", f"{OTHER}@0x08010800")


def test_inlay_writes_and_both_read():
    passes("flash", f"{OTHER}@0x08002003")
    openocd("init", "reset halt", f"verify_image {OTHER} 0x08002003 bin", "shutdown")
    out = write_file("out.bin", b"")
    run("st-flash", "read", out, "0x08000000", "0x40000")
    assert out.read_bytes() == flash("l432")


main(globals())
