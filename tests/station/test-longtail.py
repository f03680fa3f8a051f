# SPDX-License-Identifier: GPL-2.0-or-later
"""A chip that is not in Inlay's table: an STM32L432, written by libstlink's flash code through our probe."""
import gzip
import random

from station import BUILD, DESK, RESCUE, ctl, fails, flash, load, main, passes, write_file

ELF = BUILD / "firmware" / "application1.elf"
SIZE = 256 * 1024
USED = random.Random(432).randbytes(SIZE)


def quietly(run):
    """Nothing of what the library prints is on stderr; that stdout has events only, Run has seen."""
    assert run.stderr == "", run.stderr
    return run


def test_info_says_how_it_is_driven():
    run = quietly(passes("info"))
    board = run.one("board")
    assert board["chip"] == "STM32L43x/L44x" and board["flash_kib"] == 256, board
    assert "libstlink" in run.one("warning")["message"]
    assert ctl("halted", "l432").startswith("running")


def test_an_elf_over_a_used_flash():
    load("l432", USED)
    run = quietly(passes("flash", ELF))
    assert run.one("plan")["preserve_bytes"] > 0
    image = ELF.with_suffix(".bin").read_bytes()
    assert flash("l432") == USED[:0x4000] + image + USED[0x4000 + len(image) :]
    quietly(passes("verify", ELF))
    assert ctl("halted", "l432").startswith("running")


def test_every_format_gives_the_same_flash():
    load("l432", USED)
    passes("flash", ELF)
    wanted = flash("l432")
    image = ELF.with_suffix(".bin").read_bytes()
    files = [write_file("image.elf.gz", gzip.compress(ELF.read_bytes()))]
    for name in ("image.hex", "image.s19"):
        files.append(DESK / name)
        passes("read", f"0x08004000:{len(image)}", "-o", files[-1])
    for file in [*files, f"{write_file('image.bin', image)}@0x08004000"]:
        load("l432", USED)
        quietly(passes("flash", file))
        assert flash("l432") == wanted, file


def test_an_edit_at_an_odd_address_touches_its_page_alone():
    load("l432", USED)
    edit = write_file("edit.bin", b"\x01\x23\x45")
    run = quietly(passes("flash", f"{edit}@0x0801f7fe"))
    assert flash("l432") == USED[:0x1F7FE] + b"\x01\x23\x45" + USED[0x1F801:]
    touched = [sector["addr"] for sector in run.one("plan")["sectors"] if sector["fate"] == "erase"]
    assert touched == ["0x0801f000", "0x0801f800"], touched
    again = passes("flash", f"{edit}@0x0801f7fe")
    assert not [s for s in again.one("plan")["sectors"] if s["fate"] not in ("untouched", "equal")]
    fails("verify-failed", "verify", f"{write_file('other.bin', b'abc')}@0x0801f7fe")


def test_read_and_erase():
    load("l432", USED)
    out = DESK / "out.bin"
    quietly(passes("read", "--all", "-o", out))
    assert out.read_bytes() == USED
    quietly(passes("erase", "0x08010003:0x1001"))
    assert flash("l432") == USED[:0x10003] + b"\xff" * 0x1001 + USED[0x11004:]
    quietly(passes("erase", "--all"))
    assert flash("l432") == b"\xff" * SIZE


def test_cut_behind_an_erase_and_rescued():
    load("l432", USED)
    edit = write_file("edit.bin", b"\x01\x23\x45")
    ctl("cut", "l432", 1)  # in the first double word after the erase
    quietly(fails("board-lost", "flash", f"{edit}@0x08001001"))
    ctl("power", "l432", "on")
    assert flash("l432")[0x1800:0x2000] == USED[0x1800:0x2000]
    assert flash("l432")[0x1008:0x1800] == b"\xff" * 0x7F8, "the neighbours are gone from the chip"
    assert list(RESCUE.glob("libstlink-435-*.rescue"))
    other = write_file("other.bin", b"other")
    quietly(passes("flash", f"{other}@0x08001001"))
    assert flash("l432") == USED[:0x1001] + b"other" + USED[0x1006:]
    assert not list(RESCUE.glob("*.rescue"))


def test_locked_and_write_protected_chips_are_refused():
    load("l432", USED)
    edit = write_file("edit.bin", b"\x01\x23\x45")
    ctl("protect", "l432", 1, 0)
    run = quietly(fails("chip-locked", "flash", f"{edit}@0x08001001"))
    assert "another tool must unlock it" in run.result["detail"], run.result
    assert "STM32L43x/L44x" in run.result["detail"], run.result
    ctl("protect", "l432", 0, "0x4")
    run = quietly(fails("flash-failed", "flash", f"{edit}@0x08001001"))
    assert "write protected" in run.result["detail"], run.result
    ctl("protect", "l432", 0, 0)
    assert flash("l432") == USED


main(globals())
