# SPDX-License-Identifier: GPL-2.0-or-later
"""Firmware that sleeps, switches SWD off or runs a watchdog, wires that do not carry the clock, probes without a reset line."""
import json
import os
import pathlib
import signal
import struct
import subprocess
import threading
import time

from station import BUILD, EXIT, LAYOUT, ROOT, Run, ctl, fails, flash, listen, load, main, passes, write_file

FIRMWARE = BUILD / "firmware"
IMAGES = {
    "f4": (LAYOUT, *(f"{name}={FIRMWARE / name}.elf" for name in ("selector", "application1"))),
    "f1": (str(ROOT / "layouts" / "bluepill-f103-blink.yaml"), f"blink={FIRMWARE / 'blink.elf'}"),
}
SAYS = {"f4": "application 1", "f1": "blink"}
PROBE = {"f4": "usb:1-1", "f1": "usb:1-2"}
IWDG = [(0x40003000, 0x5555), (0x40003004, 2), (0x40003008, 199), (0x40003000, 0xCCCC)]  # 16 * 200 / 32 kHz: 100 ms

# What a program writes before it comes to rest, and how it rests.
PROGRAMS = {
    "sleeps": ([], "sleep"),
    "stops": ([(0xE000ED10, 4)], "sleep"),  # SLEEPDEEP
    "switches SWD off": (
        {
            "f4": [(0x40023830, 1), (0x40020000, 0x94000000)],  # GPIOA's clock; PA13 and PA14 outputs
            "f1": [(0x40021018, 1), (0x40010004, 4 << 24)],  # AFIO's clock; SWJ_CFG
        },
        "spin",
    ),
    "runs a watchdog": (IWDG, "feed"),
    "masks all, and its MPU forbids everything": ([(0xE000ED94, 1)], "mask"),
    "locks up": ([(0xF0000000, 1)], "spin"),
}


def assemble(writes, rest, loops):
    """A vector table, `loops` times 32 us of setting things up, and a table of words to write; hand-made, so that no
    compiler is needed."""
    rests = {
        "sleep": [0xBF30, 0xE7FD],  # wfi; b .-2
        "spin": [0xE7FE],
        "mask": [0xB672, 0xE7FE],  # cpsid i
        "feed": [0xCC03, 0x6001, 0xE7FD],  # ldmia r4!, {r0, r1}; str r1, [r0]; b .-2
    }
    # movs r2, #loops; lsls r2, #8; subs r2, #1; bne .-2
    # adr r4, table; ldmia r4!, {r0, r1}; cmp r0, #0; beq rest; str r1, [r0]; b .-8
    code = [0x2200 + loops, 0x0212, 0x3A01, 0xD1FD, 0xA405, 0xCC03, 0x2800, 0xD001, 0x6001, 0xE7FA, *rests[rest]]
    table = [*writes, (0, 0), (0x40003000, 0xAAAA)]
    image = struct.pack("<II", 0x20001000, 0x08000041).ljust(0x40, b"\0") + struct.pack(f"<{len(code)}H", *code)
    return image.ljust(0x60, b"\0") + b"".join(struct.pack("<II", *row) for row in table)


def give(board, name, loops=1):
    """A board that runs such a program, and has come to rest."""
    writes, rest = PROGRAMS[name]
    load(board, assemble(writes[board] if isinstance(writes, dict) else writes, rest, loops))
    ctl("power", board, "off")
    ctl("power", board, "on")
    ctl("run", board, "30ms")


def works(board, *options, probe=None):
    run = passes("flash", *IMAGES[board], "--adapter", probe or PROBE[board], *options)
    assert SAYS[board] in listen(board, "500ms"), "it does not run"
    return run


def warnings(run):
    return [warning["message"] for warning in run.all("warning")]


def program_both(name, connected):
    for board in ("f4", "f1"):
        give(board, name)
        run = works(board)
        assert run.one("board").get("connected") == connected, (board, run.one("board"))


def test_firmware_that_sleeps():
    program_both("sleeps", None)


def test_firmware_that_stops():
    program_both("stops", "under reset")


def test_firmware_that_switches_swd_off():
    program_both("switches SWD off", "under reset")
    for board in ("f4", "f1"):
        give(board, "switches SWD off")
        fails("board-not-found", "info", "--connect", "normal", "--adapter", PROBE[board])


def test_a_program_that_switches_swd_off_is_let_go():
    give("f4", "switches SWD off")
    passes("info", "--adapter", PROBE["f4"])
    assert "no" in subprocess.run(["inlay-bench", "ctl", "halted", "f4"], capture_output=True, text=True).stderr
    writes, rest = PROGRAMS["switches SWD off"]
    image = write_file("off.bin", assemble(writes["f4"], rest, 1))
    run = passes("flash", f"{image}@0x08000000", "--adapter", PROBE["f4"])
    assert any("its program switches SWD off" in warning for warning in warnings(run)), warnings(run)
    passes("verify", f"{image}@0x08000000", "--adapter", PROBE["f4"])


def test_firmware_with_a_watchdog():
    program_both("runs a watchdog", None)


def test_firmware_that_masks_and_forbids():
    program_both("masks all, and its MPU forbids everything", None)


def test_firmware_that_locks_up():
    program_both("locks up", None)


def test_looking_does_not_disturb():
    give("f1", "runs a watchdog")
    resets = json.loads(ctl("counters"))["boards"][1]["resets"]
    passes("info", "--adapter", PROBE["f1"])
    ctl("run", "f1", "500ms")
    assert json.loads(ctl("counters"))["boards"][1]["resets"] == resets, "the watchdog has bitten"


def test_wires_that_carry_480_khz():
    give("f4", "sleeps")
    ctl("probe", "1-1", "max_clock_khz", 480)
    run = works("f4", probe="usb:1-1")
    assert run.one("board")["clock_khz"] == 480, run.one("board")
    assert warnings(run) == ["SWD at 480 kHz: the wires do not carry 4000 kHz"], warnings(run)
    asked = passes("info", "--clock", "300", "--adapter", "usb:1-1")
    assert asked.one("board")["clock_khz"] == 240 and warnings(asked) == [], asked.events
    said = subprocess.run(["inlay", "info", "--adapter", "usb:1-1"], capture_output=True, text=True, timeout=30).stdout
    ctl("probe", "1-1", "max_clock_khz", "any")
    assert "SWD at 480 kHz" in said and "the wires do not carry 4000 kHz" in said, said


def test_a_v3_uses_its_own_clocks():
    for wires, khz in (("any", 8000), (5000, 3300), (20, 5)):
        ctl("probe", "1-3", "max_clock_khz", wires)
        assert passes("info", "--adapter", "usb:1-3").one("board")["clock_khz"] == khz
    ctl("probe", "1-3", "max_clock_khz", "any")
    assert passes("info", "--adapter", "usb:1-3", "--clock", "24000").one("board")["clock_khz"] == 24000


def test_wires_that_become_worse():
    """Now and then a word of many thousands is lost: the job ends at a lower clock, with the right bytes."""
    give("f1", "sleeps")
    ctl("probe", "1-2", "max_clock_khz", 3950)
    content = os.urandom(60 * 1024)
    load("f1", b"")
    image = pathlib.Path(os.environ["INLAY_RESCUE_DIR"]).parent / "much.bin"
    image.write_bytes(content)
    run = passes("flash", f"{image}@0x08000000", "--adapter", "usb:1-2")
    ctl("probe", "1-2", "max_clock_khz", "any")
    assert flash("f1")[: len(content)] == content
    assert any("the wires do not carry 4000 kHz" in warning for warning in warnings(run)), warnings(run)


def test_no_reset_line_and_no_sense():
    give("f4", "sleeps")
    run = works("f4", "--connect", "under-reset", probe="usb:1-4")
    assert run.one("board")["connected"] == "reset through the debug port"
    assert any("reset line does not reach the chip" in warning for warning in warnings(run)), warnings(run)
    assert "supply_mv" not in run.one("board")
    give("f4", "switches SWD off")
    fails("board-not-found", "info", "--adapter", "usb:1-4")


def test_an_open_sense_wire_is_no_verdict():
    """A V3 shows 1 mV then: neither bad wires nor a program that switches SWD off may pass for a board without power."""
    give("f4", "switches SWD off")
    ctl("probe", "1-3", "sense", 1)
    ctl("probe", "1-3", "max_clock_khz", 1000)
    board = passes("info", "--adapter", "usb:1-3").one("board")
    ctl("probe", "1-3", "max_clock_khz", "any")
    ctl("probe", "1-3", "sense", "board")
    assert (board["connected"], board["clock_khz"]) == ("under reset", 1000), board


def test_race_for_a_board_without_a_reset_line():
    give("f4", "switches SWD off", loops=200)  # after 6 ms, as start-up code takes

    def switch():
        ctl("power", "f4", "off")
        time.sleep(0.2)
        ctl("power", "f4", "on")

    hand = threading.Timer(0.5, switch)
    hand.start()
    run = works("f4", "--connect", "race", probe="usb:1-4")
    hand.join()
    assert run.one("board")["connected"] == "race"
    assert "switch the board's power off and on" in warnings(run)[0], warnings(run)


def start_race():
    give("f4", "switches SWD off")
    process = subprocess.Popen(
        ["inlay", "reset", "--connect", "race", "--adapter", "usb:1-4", "--json"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while '"warning"' not in (line := process.stdout.readline()):
        assert line, "it ended before it waited"
    return process


def end(process, sent):
    """The result's id, and how long it took."""
    started = time.monotonic()
    process.send_signal(sent)
    said = process.stdout.read()
    return json.loads(said.splitlines()[-1])["id"], process.wait(30), time.monotonic() - started


def test_ctrl_c_ends_the_race():
    error, code, seconds = end(start_race(), signal.SIGINT)
    assert (error, code) == ("cancelled", EXIT["cancelled"]) and seconds < 2, (error, code, seconds)


def test_a_worker_that_does_not_stop_is_ended():
    process = start_race()
    worker = int(pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())
    os.kill(worker, signal.SIGSTOP)
    error, code, seconds = end(process, signal.SIGINT)
    assert (error, code) == ("worker-died", EXIT["worker-died"]) and 2.5 < seconds < 5, (error, code, seconds)


def test_probes_with_equal_serial_numbers():
    run = fails("adapter-ambiguous", "info", "--adapter", "serial:37FF71064E573436")
    assert "usb:1-4" in run.result["detail"] and "usb:1-5" in run.result["detail"], run.result
    assert "usb:1-1" not in run.result["detail"], run.result


def test_odd_serial_numbers_can_be_pasted():
    lines = subprocess.run(["inlay", "list"], capture_output=True, text=True, timeout=30).stdout.splitlines()
    shown = {line.split()[0]: line.split("serial:")[1] if "serial:" in line else None for line in lines}
    assert shown["usb:1-6.1"] == "48FF6E065075506712163467" and shown["usb:1-6.3"] is None, shown
    for place, serial in shown.items():
        for name in [place] + ([f"serial:{serial}"] if serial and place.startswith("usb:1-6") else []):
            assert name == name.encode("ascii").decode() and " " not in name, name
            run = Run("info", "--adapter", name)
            assert run.result["id"] in ("ok", "board-no-voltage", "board-not-found"), (name, run.result)


main(globals())
