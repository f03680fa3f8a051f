# SPDX-License-Identifier: GPL-2.0-or-later
"""Power fails at every erase and at 50 seeded programming operations of the demo's job, on a board that carries another
product: the same command again completes, the board boots, and its flash is what it should be and stays so."""
import json
import random

from station import BUILD, LAYOUT, Run, ctl, flash, listen, load, main, passes

SEED = 20261121
FIRMWARE = BUILD / "firmware"
JOB = ("flash", LAYOUT, *(f"{name}={FIRMWARE / name}.elf" for name in ("selector", "application1", "application2")))
WANTED = b"".join(
    (FIRMWARE / f"{name}.bin").read_bytes().ljust(size * 1024, b"\xff")
    for name, size in (("selector", 16), ("application1", 128), ("application2", 128))
)
OLD = random.Random(SEED).randbytes(0x48000)


def operations():
    board = json.loads(ctl("counters"))["boards"][0]
    return board["erases"], board["programs"]


def counted_job():
    load("blackpill", OLD)
    erases, programs = operations()
    passes(*JOB)
    later = operations()
    return later[0] - erases, later[1] - programs


def cut_and_repair(arguments):
    load("blackpill", OLD)
    ctl("cut", "blackpill", *arguments)
    run = Run(*JOB)
    assert run.result["id"] in ("board-lost", "board-no-voltage", "board-not-found"), (arguments, run.result)
    ctl("power", "blackpill", "on")
    passes(*JOB)
    # What lost power in the middle of an erase may read right at first, and decay later.
    ctl("power", "blackpill", "off")
    ctl("power", "blackpill", "on")
    said = listen("blackpill", "500ms")
    assert "application 1" in said, (arguments, said)
    assert flash("blackpill")[: len(WANTED)] == WANTED, arguments


def test_power_fails_at_every_erase():
    erases, _ = counted_job()
    assert erases == 7, erases
    for n in range(erases):
        cut_and_repair((n, "erases"))


def test_power_fails_at_50_programming_operations():
    erases, programs = counted_job()
    assert programs > 500, programs
    print(f"# seed {SEED}: {erases} erases, {programs} program accesses")
    for n in sorted(random.Random(SEED).sample(range(erases + programs), 50)):
        cut_and_repair((n,))


main(globals())
