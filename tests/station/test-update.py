# SPDX-License-Identifier: GPL-2.0-or-later
"""Application 2 alone is updated, in the sector where application 1 ends: nothing of application 1 changes."""
import random

from station import BUILD, FLASH, LAYOUT, flash, load, main, passes, write_file

APPLICATION1 = (0x08004000, 128 * 1024)
APPLICATION2 = (0x08024000, 128 * 1024)
SHARED_SECTOR = (0x08020000, 128 * 1024)


def part(image, place):
    addr, size = place
    return image[addr - FLASH : addr - FLASH + size]


def full_board():
    """A board whose partitions are full to the last byte, and which has data of its own behind them."""
    contents = bytearray(random.Random(411).randbytes(512 * 1024))
    load("blackpill", bytes(contents))
    return bytes(contents)


def test_application1_keeps_its_bytes():
    before = full_board()
    new = (BUILD / "firmware" / "application2.bin").read_bytes()
    run = passes("flash", LAYOUT, f"application2={write_file('new.bin', new)}")
    after = flash("blackpill")
    assert part(after, APPLICATION1) == part(before, APPLICATION1)
    assert part(after, APPLICATION2) == new + b"\xff" * (APPLICATION2[1] - len(new))
    end = APPLICATION2[0] + APPLICATION2[1] - FLASH
    assert after[: APPLICATION1[0] - FLASH] == before[: APPLICATION1[0] - FLASH], "the selector changed"
    assert after[end:] == before[end:], "bytes behind application 2 changed"

    shared = next(s for s in run.one("plan")["sectors"] if s["addr"] == f"0x{SHARED_SECTOR[0]:08x}")
    assert shared["fate"] == "erase" and shared["preserve_bytes"] == 16 * 1024, shared
    kept = run.one("partition", name="application1")
    written = run.one("partition", name="application2")
    assert kept["state"] == "kept" and written["state"] == "written"
    assert kept["crc32"] != written["crc32"]


def test_the_dry_run_says_so_and_changes_nothing():
    before = full_board()
    new = write_file("new.bin", b"\x00\x00\x02\x20\x01\x41\x02\x08" + b"new" * 1000)
    run = passes("flash", "--dry-run", LAYOUT, f"application2={new}")
    assert flash("blackpill") == before
    text = run.one("plan")["text"]
    assert "application1" in text and "16 KiB" in text and "preserve" in text, text
    assert run.one("plan")["budget"], "the budget table is part of a dry run"


def test_an_image_without_a_layout_owns_its_own_bytes_only():
    before = full_board()
    passes("flash", f"{write_file('odd.bin', bytes(range(1, 12)))}@0x08023ffd")
    wanted = bytearray(before)
    wanted[0x23FFD : 0x23FFD + 11] = bytes(range(1, 12))
    assert flash("blackpill") == bytes(wanted)


def test_the_same_again_erases_nothing():
    full_board()
    new = write_file("new.bin", b"\x00\x00\x02\x20\x01\x41\x02\x08" + b"new" * 1000)
    passes("flash", LAYOUT, f"application2={new}")
    run = passes("flash", LAYOUT, f"application2={new}")
    assert all(s["fate"] in ("equal", "untouched") for s in run.one("plan")["sectors"])
    assert run.one("partition", name="application2")["state"] == "equal"


def test_erase_keeps_the_neighbours():
    before = full_board()
    passes("erase", LAYOUT, "application2")
    after = flash("blackpill")
    wanted = bytearray(before)
    offset = APPLICATION2[0] - FLASH
    wanted[offset : offset + APPLICATION2[1]] = b"\xff" * APPLICATION2[1]
    assert after == bytes(wanted)


def test_read_gives_the_true_bytes():
    before = full_board()
    out = write_file("out.bin", b"")
    passes("read", "-o", out, "--all")
    assert out.read_bytes() == before
    passes("read", "-o", out, LAYOUT, "application1")
    assert out.read_bytes() == part(before, APPLICATION1)


main(globals())
