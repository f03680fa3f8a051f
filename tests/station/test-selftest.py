# SPDX-License-Identifier: GPL-2.0-or-later
"""`inlay selftest --board` on a board whose program runs: what it shows, and what it leaves."""
import re
import subprocess

from station import BUILD, EXIT, ROOT, ctl, fails, flash, listen, load, main, passes

LAYOUT = str(ROOT / "layouts" / "bluepill-f103-blink.yaml")


def test_a_board_is_as_it_was():
    load("bluepill", b"")
    passes("flash", LAYOUT, f"blink={BUILD / 'firmware' / 'blink.elf'}")
    before = flash("bluepill")
    run = passes("selftest", "--board")
    assert flash("bluepill") == before
    checks = {event["check"]: event["state"] for event in run.all("check")}
    for check in ("identify", "supply", "read", "state", "digest", "program", "erase", "others"):
        assert checks[check] == "passed", checks
    assert "blink" in listen("bluepill", "500ms")


def test_the_row_fits_the_table():
    page = (ROOT / "docs" / "hardware.md").read_text()
    header = next(line for line in page.splitlines() if line.startswith("| date "))
    row = passes("selftest", "--board", "--dry-run").one("row")["text"]
    assert row.count("|") == header.count("|"), (header, row)
    assert re.match(r"\| \d{4}-\d\d-\d\d \| 0\.\S+ \(\S+\) \| ST-LINK/V2 \(firmware J37 S7\) \| STM32F103x8, uid …", row), row
    assert "**skipped:**" in row and "write (--dry-run)" in row, row
    shown = subprocess.run(
        ["inlay", "selftest", "--board", "--dry-run"], capture_output=True, text=True, timeout=60, check=True).stdout
    assert "if this is a real board:\n| 20" in shown and "PASS" not in shown, shown


def test_it_wants_to_be_told():
    before = ctl("counters")
    fails("usage", "selftest")
    assert EXIT["usage"] == 2 and ctl("counters") == before


def test_a_full_board_is_not_written():
    load("bluepill", b"\x12" * 0x10000)
    run = passes("selftest", "--board")
    assert run.one("check", check="write")["state"] == "skipped"
    assert flash("bluepill") == b"\x12" * 0x10000


main(globals())
