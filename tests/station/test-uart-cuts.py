# SPDX-License-Identifier: GPL-2.0-or-later
"""An update over the port is cut: at every erase, at seeded programming operations, and, by power, cable and kill -9, in every
phase. The same command completes it over the port, no half-written application is started in between, and the bootloader is
what it was."""
import concurrent.futures
import json
import os
import pathlib
import queue
import random
import signal
import struct
import subprocess

from station import BUILD, DESK, Run, ctl, main, passes, write_file

SEED = 20261121
N_PROGRAMS = 50
FIRMWARE = BUILD / "firmware"
APPLICATION = 0x8000  # offset in the flash
PORTS = {"one": "ttyUSB0", "two": "ttyUSB1", "three": "ttyUSB2", "bare": "ttyUSB3"}
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
JOB = ("flash", LAYOUT, f"application={write_file('new.bin', NEW)}")


def job(board):
    wires = () if board == "bare" else ("--wire", "nrst=dtr,button=rts")
    return (*JOB, "--adapter", f"tty:/dev/{PORTS[board]}", *wires)


def lay(board, contents):
    ctl("load", board, write_file(f"{board}.load", contents.ljust(0x80000, b"\xff")))


def flash(board):
    """Not the station's own: several boards are in work at a time."""
    ctl("flash", board, DESK / f"{board}.bin")
    return (DESK / f"{board}.bin").read_bytes()


def operations():
    board = json.loads(ctl("counters"))["boards"][0]
    assert board["name"] == "one", board
    return board["erases"], board["programs"]


def counted_job():
    lay("one", BOOTLOADER + OLD)
    before = operations()
    passes(*job("one"))
    return [later - earlier for later, earlier in zip(operations(), before)]


def power_cycle(board):
    ctl("power", board, "off")
    ctl("power", board, "on")


def would_start(contents):
    stack, entry = struct.unpack_from("<II", contents, APPLICATION)
    return 0x20000000 < stack <= 0x20020000 and entry % 2 == 1 and 0x08008000 <= entry < 0x08080000


def check_completes(what, board):
    now = flash(board)
    assert now[:APPLICATION] == BOOTLOADER, f"{what}: the bootloader has changed"
    if would_start(now):
        assert any(now[APPLICATION:].startswith(whole) for whole in (OLD, NEW)), f"{what}: half an application would start"
    passes(*job(board))
    power_cycle(board)
    assert flash(board) == (BOOTLOADER + NEW).ljust(0x80000, b"\xff"), what


def cut_and_repair(board, *arguments):
    lay(board, BOOTLOADER + OLD)
    ctl("cut", board, *arguments)
    run = Run(*job(board))
    assert run.result["id"] == "board-lost", (arguments, run.result)
    ctl("power", board, "on")
    check_completes(arguments, board)


def on_each_board(cases, run):
    """A case at a time on each of three boards: most of the time is waiting."""
    free = queue.Queue()
    for board in ("one", "two", "three"):
        free.put(board)

    def run_one(case):
        board = free.get()
        try:
            run(board, case)
        finally:
            free.put(board)

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(run_one, case) for case in cases]:
            done.result()


def test_power_fails_at_every_erase():
    erases, _ = counted_job()
    assert erases == 3, erases
    on_each_board(range(erases), lambda board, n: cut_and_repair(board, n, "erases"))


def test_power_fails_at_seeded_programming_operations():
    erases, programs = counted_job()
    assert programs > 5000, programs
    print(f"# seed {SEED}: {erases} erases, {programs} program accesses")
    cuts = random.Random(SEED).sample(range(erases + programs), N_PROGRAMS)
    on_each_board(sorted(cuts), cut_and_repair)


def worker_is_killed(process):
    worker = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0]
    os.kill(int(worker), signal.SIGKILL)


def hurt_in(phase, board, hurt):
    """Runs the job and hurts it as soon as the phase has begun; -> the id that it ends with."""
    lay(board, BOOTLOADER + OLD)
    power_cycle(board)
    process = subprocess.Popen(["inlay", *map(str, job(board)), "--json"], stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "phase" and event["phase"] == phase:
            break
    hurt(process)
    last = json.loads(process.stdout.read().splitlines()[-1])
    process.wait(30)
    return last["id"]


def find_phases():
    lay("one", BOOTLOADER + OLD)
    phases = [event["phase"] for event in passes(*job("one")).all("phase")]
    assert {"connect", "survey", "write", "verify"} <= set(phases), phases
    return phases


def at_its_end(phase):
    """The job has nothing more to ask then."""
    return ["ok"] if phase == "release" else []


def power_fails_in(board, phase):
    found = hurt_in(phase, board, lambda _: ctl("power", board, "off"))
    ctl("power", board, "on")
    assert found in ["bootloader-not-found", "board-lost", *at_its_end(phase)], (phase, found)
    check_completes(f"power fails in {phase}", board)


def cable_is_pulled_in(board, phase):
    found = hurt_in(phase, board, lambda _: ctl("unplug", PORTS[board]))
    ctl("plug", PORTS[board])
    assert found in ["adapter-lost", "adapter-not-found", *at_its_end(phase)], (phase, found)
    check_completes(f"the cable is pulled in {phase}", board)


def test_power_fails_in_every_phase():
    on_each_board(find_phases(), power_fails_in)


def test_the_cable_is_pulled_in_every_phase():
    on_each_board(find_phases(), cable_is_pulled_in)


def test_the_worker_is_killed_in_every_phase():
    """And there is no reset line: the bootloader is left with a stream open, at a rate that the next run does not know."""
    for phase in find_phases():
        assert hurt_in(phase, "bare", worker_is_killed) == "worker-died"
        check_completes(f"killed in {phase}", "bare")


main(globals())
