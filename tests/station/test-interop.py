# SPDX-License-Identifier: GPL-2.0-or-later
"""inlay beside the tools that people have: what they wrote it verifies, what it wrote they read."""
import random
import subprocess

from station import BUILD, LAYOUT, fails, flash, main, passes, write_file

IMAGE = write_file("image.bin", random.Random(5).randbytes(70_001))


def run(*command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def openocd(*commands):
    quiet = "gdb_port disabled; tcl_port disabled; telnet_port disabled"
    words = [word for command in (quiet, *commands) for word in ("-c", command)]
    run("openocd", "-f", "interface/stlink.cfg", "-f", "target/stm32f4x.cfg", *words)


def test_what_st_flash_wrote_inlay_verifies():
    run("st-flash", "--reset", "write", IMAGE, "0x08000000")
    passes("verify", f"{IMAGE}@0x08000000")
    fails("verify-failed", "verify", LAYOUT, f"selector={BUILD / 'firmware' / 'selector.elf'}")


def test_what_openocd_wrote_inlay_verifies():
    elf = BUILD / "firmware" / "application1.elf"
    openocd(f"program {elf} verify reset exit")
    passes("verify", elf)


def test_what_inlay_wrote_st_flash_reads():
    passes("flash", f"{IMAGE}@0x08000000")
    out = write_file("out.bin", b"")
    run("st-flash", "read", out, "0x08000000", "0x80000")
    assert out.read_bytes()[: 70_001] == IMAGE.read_bytes()
    assert out.read_bytes() == flash("blackpill")


def test_what_inlay_wrote_openocd_verifies():
    passes("flash", f"{IMAGE}@0x08000000")
    openocd("init", "reset halt", f"verify_image {IMAGE} 0x08000000 bin", "shutdown")


main(globals())
