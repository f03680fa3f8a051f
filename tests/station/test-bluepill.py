# SPDX-License-Identifier: GPL-2.0-or-later
"""The other family: a Blue Pill (STM32F103C8) with sectors of 1 KiB, half-word programming and another loader."""
import random

from station import BUILD, ROOT, fails, flash, listen, load, main, passes, write_file

LAYOUT = str(ROOT / "layouts" / "bluepill-f103-blink.yaml")
BLINK = BUILD / "firmware" / "blink.elf"


def test_blink_is_written_and_runs():
    load("bluepill", random.Random(103).randbytes(64 * 1024))
    passes("flash", LAYOUT, f"blink={BLINK}")
    image = BLINK.with_suffix(".bin").read_bytes()
    assert flash("bluepill") == image + b"\xff" * (64 * 1024 - len(image))
    said = listen("bluepill", "500ms")
    assert "blink" in said and "72 MHz" in said, said


def test_only_the_sector_that_differs_is_erased():
    contents = bytearray(random.Random(104).randbytes(64 * 1024))
    load("bluepill", bytes(contents))
    edit = write_file("edit.bin", b"\x12\x34\x56")
    run = passes("flash", f"{edit}@0x08004567")
    contents[0x4567:0x456A] = b"\x12\x34\x56"
    assert flash("bluepill") == bytes(contents)
    touched = [sector["addr"] for sector in run.one("plan")["sectors"] if sector["fate"] == "erase"]
    assert touched == ["0x08004400"], touched


def test_another_chip_is_refused():
    before = flash("bluepill")
    other = ROOT / "layouts" / "blackpill-f411-two-applications.yaml"
    run = fails("chip-wrong", "flash", other, f"selector={BUILD / 'firmware' / 'selector.elf'}")
    assert "STM32F103x8" in run.result["detail"], run.result
    assert flash("bluepill") == before


main(globals())
