# SPDX-License-Identifier: GPL-2.0-or-later
"""Option bytes, protection and one-time programmable bytes: what inlay does to them, a power cycle and strangers show."""
import dataclasses
import os
import pty
import random
import re
import subprocess

from station import DESK, EXIT, RESCUE, ROOT, ctl, fails, flash, load, main, passes, write_file

F4 = ("--adapter", "usb:1-4")
F1 = ("--adapter", "usb:1-2")
NUCLEO = ("--adapter", "usb:1-6")
F3 = ("--adapter", "usb:1-7")
BANKS = ("--adapter", "usb:1-8")
SPARE = ("--adapter", "usb:1-9")
OLD = random.Random(47).randbytes(0x8000)
SMALL = write_file("small.bin", random.Random(48).randbytes(3000))
KEY = bytes(range(32, 64))
OTP_ADDR = 0x1FFF7800


@dataclasses.dataclass(frozen=True)
class Board:
    adapter: tuple
    size: int
    rescue: str  # how a rescue file's name begins
    fields: list
    protected: str  # one unit of write protection, at the flash's beginning


BOARDS = {
    "blackpill": Board(F4, 512 * 1024, "f4-431", ["bor=2.1V", "nrst_stop=reset", "wrp=1,6-7"], "0"),
    "bluepill": Board(F1, 64 * 1024, "f1-410", ["data0=0x12", "nrst_stdby=reset", "wrp=4-7"], "0-3"),
    "discovery": Board(F3, 256 * 1024, "f3-422", ["data1=0x12", "sram_pe=on", "nboot1=ram", "wrp=2-3,62-127"], "0-1"),
}


def power_cycle(board):
    ctl("power", board, "off")
    ctl("power", board, "on")


def fields(adapter):
    return {f["name"]: f["value"] for f in passes("option", "get", *adapter).one("options")["fields"]}


def said(*command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60)
    return done.stdout, done.stderr


def openocd(target, serial, command):
    return "".join(said("openocd", "-f", "interface/stlink.cfg", "-c", f"adapter serial {serial}", "-f", f"target/{target}.cfg",
                "-c", "gdb_port disabled; tcl_port disabled; telnet_port disabled",
                "-c", f"init; reset halt; flash probe 0; echo [{command}]; shutdown"))


def answers(answer, *command, when=b"", first=lambda: None):
    """Runs inlay on a terminal, and types the answer once it printed `when`: what it printed, and its exit code."""
    ours, theirs = pty.openpty()
    done = subprocess.Popen(["inlay", *map(str, command)], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    text = b""
    try:
        while when not in text:
            text += os.read(ours, 4096)
        first()
        os.write(ours, f"{answer}\n".encode())
        while chunk := os.read(ours, 4096):
            text += chunk
    except OSError:  # the terminal is gone with the last who had it open
        pass
    os.close(ours)
    return text.decode(), done.wait(60)


def check_set(board, adapter, assignments):
    before = fields(adapter)
    expected = {**before, **dict(a.split("=") for a in assignments)}
    passes("option", "set", *assignments, "--dry-run", *adapter)
    assert fields(adapter) == before, "a dry run must not write"
    run = passes("option", "set", *assignments, *adapter)
    changed = {f["name"]: f["before"] for f in run.one("options", when="planned")["fields"]}
    assert changed == {a.split("=")[0]: before[a.split("=")[0]] for a in assignments}, changed
    assert fields(adapter) == expected
    power_cycle(board)
    assert fields(adapter) == expected, "a power cycle shows something else"
    undo = [f"{name}={value}" for name, value in changed.items()]
    passes("option", "set", *undo, *adapter)
    power_cycle(board)
    assert fields(adapter) == before
    again = passes("option", "set", *undo, *adapter)
    assert not again.all("phase", phase="options"), "nothing differs: nothing is to be written"


def check_fields(name):
    board = BOARDS[name]
    load(name, OLD)
    check_set(name, board.adapter, board.fields)
    assert flash(name)[: len(OLD)] == OLD


def test_fields_of_the_f4():
    check_fields("blackpill")


def test_fields_of_the_f1():
    check_fields("bluepill")


def test_fields_of_the_f3():
    check_fields("discovery")


def test_strangers_see_the_same():
    passes("option", "set", "bor=2.4V", "wrp=2", *NUCLEO)
    word = int(said("st-flash", "--serial", "066DFF485550755187154399", "--area=option", "read")[0].split()[-1], 16)
    assert word >> 2 & 3 == 1 and word >> 16 & 0xFF == 0xFB and word >> 8 & 0xFF == 0xAA, hex(word)
    passes("option", "set", "bor=2.1V", *F4)
    text = openocd("stm32f4x", "066DFF485550755187154321", "stm32f2x options_read 0")
    assert "user_options 0xE8" in text, text
    passes("option", "set", "data0=0x34", "data1=0x12", *F1)
    passes("option", "set", "data0=0x34", "data1=0x12", "wdg_sw=hardware", *F3)
    text = openocd("stm32f3x", "066DFF485550755187154377", "stm32f1x options_read 0")
    assert "user data = 0x1234" in text and "watchdog: hardware" in text and "read protection: off" in text, text
    text = openocd("stm32f1x", "32FF6D063050343835410143", "stm32f1x options_read 0")
    assert "user data = 0x1234" in text and "read protection: off" in text, text


def test_what_is_refused():
    for id_, arguments in (("option-invalid", ["bor=5V"]), ("option-invalid", ["wrp=8"]), ("chip-lacks", ["data0=1"]),
                           ("usage", ["rdp=1"]), ("usage", ["bor"]), ("usage", [])):
        fails(id_, "option", "set", *arguments, *F4)
    fails("option-invalid", "option", "set", "wrp=1", *F1)
    fails("chip-lacks", "option", "get", "pcrop", *F1)
    fails("usage", "protect", "--write", *F4)
    fails("usage", "unlock", "0-3", *F4)


def test_a_partition_is_write_protected():
    layout = ROOT / "layouts" / "blackpill-f411-two-applications.yaml"
    passes("protect", "--write", layout, "selector", *F4)
    power_cycle("blackpill")
    assert fields(F4)["wrp"] == "0"
    before = flash("blackpill")
    run = fails("sector-protected", "flash", f"{SMALL}@0x08000000", *F4)
    assert "inlay unlock --write" in run.result["remedy"], run.result
    assert flash("blackpill") == before
    passes("unlock", "--write", *F4)
    passes("flash", f"{SMALL}@0x08000000", *F4)
    assert flash("blackpill")[:3000] == SMALL.read_bytes()


def check_write_protection(name):
    board = BOARDS[name]
    load(name, OLD)
    passes("protect", "--write", board.protected, *board.adapter)
    power_cycle(name)
    assert fields(board.adapter)["wrp"] == board.protected
    fails("sector-protected", "flash", f"{SMALL}@0x08000000", *board.adapter)
    assert flash(name)[: len(OLD)] == OLD
    passes("unlock", "--write", *board.adapter)
    passes("flash", f"{SMALL}@0x08000000", *board.adapter)
    assert flash(name)[:3000] == SMALL.read_bytes()


def test_write_protection_of_the_f1_and_back():
    check_write_protection("bluepill")


def test_write_protection_of_the_f3_and_back():
    check_write_protection("discovery")


def test_write_protection_of_the_second_bank():
    """Sectors 12 to 23 are in another register than the first bank's."""
    size, start = 0x200000, 0x08100000
    load("banks", b"\xff" * 0x100000 + OLD)
    passes("protect", "--write", "3,12,17-23", *BANKS)
    power_cycle("banks")
    assert fields(BANKS)["wrp"] == "3,12,17-23"
    text = openocd("stm32f4x", "066DFF485550755187154388",
                   "flash info 0]; catch {flash erase_sector 0 12 12} said; echo [set said")
    theirs = [int(n) for n in re.findall(r"# *(\d+): .*\) protected", text)]
    assert theirs == [3, 12, *range(17, 24)], text
    assert "write protected" in text or "failed erasing" in text, text
    before = flash("banks")
    assert before[0x100000 : 0x100000 + len(OLD)] == OLD
    run = fails("sector-protected", "flash", f"{SMALL}@{start:#x}", *BANKS)
    assert f"12 at 0x{start:08x}" in run.result["detail"], run.result
    fails("sector-protected", "erase", f"{start:#x}:0x4000", *BANKS)
    assert flash("banks") == before
    passes("unlock", "--write", "12-23", *BANKS)
    power_cycle("banks")
    assert fields(BANKS)["wrp"] == "3", "what was not named stays"
    passes("flash", f"{SMALL}@{start:#x}", *BANKS)
    after = flash("banks")
    assert after[0x100000 : 0x100000 + 3000] == SMALL.read_bytes() and len(after) == size


def check_read_protection(name):
    board = BOARDS[name]
    adapter = board.adapter
    load(name, OLD)
    uid = passes("info", *adapter).one("board")["uid"]
    passes("protect", "--read", *adapter)
    power_cycle(name)
    assert passes("info", *adapter).one("board")["rdp_level"] == 1
    run = fails("chip-locked", "flash", f"{SMALL}@0x08000000", *adapter)
    assert "inlay unlock" in run.result["remedy"], run.result
    run = fails("unconfirmed", "unlock", *adapter)
    assert f"{board.size // 1024} KiB" in run.result["detail"], run.result
    assert flash(name)[: len(OLD)] == OLD
    RESCUE.mkdir(exist_ok=True)
    void = RESCUE / f"{board.rescue}-{uid}.rescue"
    void.write_text("of what was on the chip before")
    planned = passes("unlock", "--dry-run", *adapter).one("options")
    assert planned["erases"] == board.size, planned
    passes("unlock", "--yes", *adapter)
    assert flash(name) == b"\xff" * board.size
    assert not void.exists(), "its bytes are of another life"
    power_cycle(name)
    assert fields(adapter)["rdp"] == "0"
    passes("flash", f"{SMALL}@0x08000000", *adapter)


def test_read_protection_of_the_f4_and_back():
    check_read_protection("blackpill")


def test_read_protection_of_the_f1_and_back():
    check_read_protection("bluepill")


def test_read_protection_of_the_f3_and_back():
    check_read_protection("discovery")


def test_a_person_is_asked():
    passes("protect", "--read", *F4)
    text, exit_code = answers("no", "unlock", *F4)
    assert "Erase the whole flash of STM32F411xE" in text and exit_code == 49, text
    assert fields(F4)["rdp"] == "1"
    text, exit_code = answers("yes", "unlock", *F4)
    assert "PASS" in text and exit_code == 0, text
    assert fields(F4)["rdp"] == "0"
    text, exit_code = answers("yes", "protect", "--for-ever", *NUCLEO)
    assert "lock STM32F446xE for ever" in text and exit_code == 49, text


def test_an_answer_holds_for_the_chip_that_was_shown():
    """While the question stands, another board of the same kind is put in the place of the first."""
    def swap():
        ctl("unplug", "1-4")
        ctl("plug", "1-9")

    shown, other = (passes("info", *adapter).one("board")["uid"] for adapter in (F4, SPARE))
    ctl("unplug", "1-9")
    text, exit_code = answers("yes", "otp", "write", 7, "--hex", "00", "--adapter", "serial:066DFF48555075518715432",
                              when=b"[yes/no]", first=swap)
    assert exit_code == EXIT["chip-wrong"] and shown in text and other in text, text
    ctl("plug", "1-4")
    for adapter in (F4, SPARE):
        assert passes("otp", "read", 7, *adapter).one("otp")["hex"] == "ff" * 32


def test_level_2_wants_its_words():
    for words in ([], ["--json"]):
        fails("unconfirmed", "protect", "--for-ever", *words, *NUCLEO)
    fails("usage", "protect", "--for-ever", "--yes", *NUCLEO)
    assert fields(NUCLEO)["rdp"] == "0"
    fails("chip-lacks", "protect", "--for-ever", "--yes-lock-for-ever-no-way-back", *F1)


def test_a_cut_of_an_f1_is_recovered_from():
    """An erase and eight half-words: wherever power goes, the chip is brought back, and it is said when it is locked."""
    locked = 0
    load("bluepill", OLD)
    for n in range(9):
        ctl("cut", "bluepill", n)
        fails("board-lost", "option", "set", f"data1={n}", *F1)
        ctl("power", "bluepill", "on")
        run = passes("option", "get", *F1)
        now = {f["name"]: f["value"] for f in run.one("options")["fields"]}
        if now["rdp"] == "1":
            locked += 1
            assert any("inlay unlock" in w["message"] for w in run.all("warning")), run.events
            passes("unlock", "--yes", *F1)
            assert flash("bluepill") == b"\xff" * 0x10000
            load("bluepill", OLD)
        else:
            assert flash("bluepill")[: len(OLD)] == OLD
        passes("option", "set", "data1=0x77", "wrp=none", *F1)
        again = passes("option", "get", *F1)
        now = {f["name"]: f["value"] for f in again.one("options")["fields"]}
        assert not again.all("warning") and now["data1"] == "0x77", (n, again.events)
    power_cycle("bluepill")
    assert fields(F1)["data1"] == "0x77"
    assert 1 <= locked <= 2, f"only until read protection is programmed again, not after {locked} of 9"


def test_otp():
    blank = passes("otp", "read", 3, *F4).one("otp")
    assert blank["hex"] == "ff" * 32 and not blank["locked"], blank
    assert len(passes("otp", "read", *F4).all("otp")) == 16
    fails("unconfirmed", "otp", "write", 3, "--hex", "00112233", *F4)
    passes("otp", "write", 3, "--hex", "00112233", "--yes", *F4)
    power_cycle("blackpill")
    assert passes("otp", "read", 3, *F4).one("otp")["hex"] == "00112233" + "ff" * 28
    taken = fails("otp-taken", "otp", "write", 3, "--hex", "01", "--yes", *F4)
    assert f"0x{OTP_ADDR + 3 * 32:08x}" in taken.result["detail"], taken.result
    key = write_file("key.bin", KEY)
    passes("otp", "write", 4, key, "--lock", "--yes", *F4)
    power_cycle("blackpill")
    block = passes("otp", "read", 4, *F4).one("otp")
    assert block["hex"] == KEY.hex() and block["locked"], block
    fails("otp-taken", "otp", "write", 4, "--hex", "00", "--yes", *F4)
    again = passes("otp", "write", 4, key, "--yes", *F4)
    assert again.one("otp")["state"] == "equal", again.events
    fails("usage", "otp", "write", 16, "--hex", "00", "--yes", *F4)
    fails("usage", "otp", "write", 5, write_file("long.bin", bytes(33)), "--yes", *F4)
    fails("chip-lacks", "otp", "read", *F1)


def test_a_job_file_says_what_is_confirmed():
    job = DESK / "unlock.yaml"
    passes("protect", "--read", *F4)
    power_cycle("blackpill")
    job.write_text("do: unlock\nadapter: usb:1-4\n")
    fails("unconfirmed", "--batch", job)
    job.write_text("do: unlock\nadapter: usb:1-4\nconfirmed: erase\n")
    passes("--batch", job)
    job.write_text("do: option-set\nadapter: usb:1-4\nfields: {bor: off, wrp: none}\n")
    passes("--batch", job)


def test_level_2_is_for_ever():
    """The last of this chip."""
    text, exit_code = answers("lock STM32F446xE for ever", "protect", "--for-ever", *NUCLEO)
    assert "PASS" in text and exit_code == 0, text
    power_cycle("nucleo")
    assert "stored:   read protection level 2" in ctl("options", "nucleo"), ctl("options", "nucleo")
    fails("board-not-found", "unlock", "--yes", *NUCLEO)


main(globals())
