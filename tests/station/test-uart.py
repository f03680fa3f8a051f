# SPDX-License-Identifier: GPL-2.0-or-later
"""A board with the UART bootloader, from the virgin chip on: through the probe once, then through its port, where each
command does what it does through the probe."""
import random

from station import BUILD, DESK, ROOT, ctl, fails, flash, listen, load, main, passes, write_file

LAYOUT = ROOT / "layouts" / "f407-uart-bootloader.yaml"
FIRMWARE = BUILD / "firmware"
PROBE = ("--adapter", "usb:1-4")
PORT = ("--adapter", "tty:/dev/ttyUSB0", "--wire", "nrst=dtr,button=rts")
APPLICATION = 0x8000  # offset in the flash
BOOTLOADER = (FIRMWARE / "bootloader.bin").read_bytes()


def power_cycle():
    ctl("power", "f407", "off")
    ctl("power", "f407", "on")


def application(n):
    return f"application={FIRMWARE}/f407-application{n}.elf"


def wanted(n):
    image = (FIRMWARE / f"f407-application{n}.bin").read_bytes()
    return BOOTLOADER.ljust(APPLICATION, b"\xff") + image.ljust(0x100000 - APPLICATION, b"\xff")


def test_a_virgin_chip_gets_the_bootloader_through_the_probe():
    passes("flash", LAYOUT, f"bootloader={FIRMWARE}/bootloader.bin", application(1), *PROBE)
    assert flash("f407") == wanted(1)
    said = listen("f407", "500ms")
    assert "application 1" in said, said


def test_an_update_through_the_port():
    run = passes("flash", LAYOUT, application(2), *PORT)
    states = {e["name"]: e["state"] for e in run.all("partition")}
    assert states == {"bootloader": "kept", "application": "written"}, states
    assert run.result["outside"] == "unchanged"
    assert "UART bootloader" in run.one("board")["probe"]
    assert flash("f407") == wanted(2)
    said = listen("f407", "500ms")
    assert "application 2" in said, said
    passes("verify", LAYOUT, application(2), *PORT)
    again = passes("flash", LAYOUT, application(2), *PORT)
    assert not again.all("phase", phase="options") and again.one("plan")["program_bytes"] == 0


def test_the_same_plan_and_bytes_both_ways():
    plans = []
    for way in (PROBE, PORT):
        load("f407", wanted(2))
        run = passes("flash", LAYOUT, application(1), *way)
        plans.append([(s["fate"], s.get("erased_first")) for s in run.one("plan")["sectors"]])
        assert flash("f407") == wanted(1)
    assert plans[0] == plans[1], plans


def test_a_batch_job():
    job = write_file("job.yaml", f"""do: flash
adapter: tty:/dev/ttyUSB0
baud-max: 921600
wires: {{nrst: dtr, button: rts}}
layout: {LAYOUT}
contents: {{application: {FIRMWARE}/f407-application2.elf}}
""".encode())
    passes("--batch", job)
    assert flash("f407") == wanted(2)


def test_what_the_bootloader_keeps_to_itself():
    other = write_file("other.bin", random.Random(7).randbytes(0x4000))
    run = fails("sector-protected", "flash", f"{other}@0x08004000", *PORT)
    assert "an ST-LINK does: sector 1 at 0x08004000" in run.result["detail"], run.result
    fails("bootloader-refused", "boot", "go", "0x08020000", *PORT[:2])
    assert flash("f407") == wanted(2)


def test_read():
    dump = DESK / "dump.bin"
    passes("read", LAYOUT, "application", "-o", dump, *PORT)
    assert dump.read_bytes() == wanted(2)[APPLICATION:]


def test_one_time_programmable_bytes():
    passes("otp", "write", "3", "--hex", "00112233", "--yes", *PORT)
    assert passes("otp", "read", "3", *PORT).one("otp")["hex"].startswith("00112233ff")


def test_write_protection():
    passes("protect", "--write", LAYOUT, "bootloader", *PORT)
    assert passes("info", *PORT).one("board")["write_protected"] == [0, 1]
    passes("flash", LAYOUT, application(1), *PORT)
    passes("unlock", "--write", *PORT)
    assert "write_protected" not in passes("info", *PORT).one("board")


def test_read_protection():
    power_cycle()  # a probe that has been there since the last one would lock the flash
    passes("protect", "--read", *PORT)
    power_cycle()
    fails("chip-locked", "read", LAYOUT, "application", "-o", DESK / "dump.bin", *PORT)
    passes("flash", LAYOUT, application(2), *PORT)
    assert flash("f407") == wanted(2)
    passes("verify", LAYOUT, application(2), *PORT)
    fails("bootloader-refused", "unlock", "--yes", *PORT)
    passes("unlock", "--yes", *PROBE)
    assert flash("f407") == b"\xff" * 0x100000


def test_erase_all_spares_the_bootloader():
    load("f407", wanted(1))
    passes("erase", "--all", *PORT)
    assert flash("f407") == wanted(1)[:APPLICATION].ljust(0x100000, b"\xff")


main(globals())
