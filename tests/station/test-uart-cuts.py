# SPDX-License-Identifier: GPL-2.0-or-later
"""An update over the port is cut at every erase and at seeded programming operations: the same command completes it over
the port, no half-written application is started in between, and the bootloader is what it was."""
import json
import random
import struct

from station import BUILD, Run, ctl, flash, load, main, passes, write_file

SEED = 20261121
N_PROGRAMS = 50
FIRMWARE = BUILD / "firmware"
APPLICATION = 0x8000  # offset in the flash
PORT = ("--adapter", "tty:/dev/ttyUSB0", "--wire", "nrst=dtr,button=rts")
BOOTLOADER = (FIRMWARE / "bootloader.bin").read_bytes().ljust(APPLICATION, b"\xff")
LAYOUT = write_file("layout.yaml", b"""name: F407 with half a megabyte
chip: STM32F407xE
supply: 3.3V
partitions:
  - {name: bootloader, base: 0x08000000, size: 32K}
  - {name: application, base: 0x08008000, size: 480K}
uart: {bootloader: bootloader, starts: application}
""")


def make_application(n):
    """One of ours and something behind it, so that it fills two sectors and begins the third."""
    image = (FIRMWARE / f"f407-application{n}.bin").read_bytes()
    return image + random.Random(n).randbytes(33000 - len(image))


OLD, NEW = make_application(1), make_application(2)
JOB = ("flash", LAYOUT, f"application={write_file('new.bin', NEW)}", *PORT)


def operations():
    board = json.loads(ctl("counters"))["boards"][0]
    return board["erases"], board["programs"]


def counted_job():
    load("f407", BOOTLOADER + OLD)
    before = operations()
    passes(*JOB)
    return [later - earlier for later, earlier in zip(operations(), before)]


def would_start(contents):
    stack, entry = struct.unpack_from("<II", contents, APPLICATION)
    return 0x20000000 < stack <= 0x20020000 and entry % 2 == 1 and 0x08008000 <= entry < 0x08080000


def check_completes(what):
    now = flash("f407")
    assert now[:APPLICATION] == BOOTLOADER, f"{what}: the bootloader has changed"
    if would_start(now):
        assert any(now[APPLICATION:].startswith(whole) for whole in (OLD, NEW)), f"{what}: half an application would start"
    passes(*JOB)
    ctl("power", "f407", "off")
    ctl("power", "f407", "on")
    assert flash("f407") == (BOOTLOADER + NEW).ljust(0x80000, b"\xff"), what


def cut_and_repair(*arguments):
    load("f407", BOOTLOADER + OLD)
    ctl("cut", "f407", *arguments)
    run = Run(*JOB)
    assert run.result["id"] == "board-lost", (arguments, run.result)
    ctl("power", "f407", "on")
    check_completes(arguments)


def test_power_fails_at_every_erase():
    erases, _ = counted_job()
    assert erases == 3, erases
    for n in range(erases):
        cut_and_repair(n, "erases")


def test_power_fails_at_seeded_programming_operations():
    erases, programs = counted_job()
    assert programs > 5000, programs
    print(f"# seed {SEED}: {erases} erases, {programs} program accesses")
    for n in sorted(random.Random(SEED).sample(range(erases + programs), N_PROGRAMS)):
        cut_and_repair(n)


main(globals())
