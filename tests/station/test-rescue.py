# SPDX-License-Identifier: GPL-2.0-or-later
"""Application 2 alone is updated, and the run ends right after the erase of the sector where application 1 ends: by a
power cut, by kill -9, by a pulled plug. Then the same command, a job with another image, and no rescue file any more."""
import functools
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess

from station import BUILD, DESK, LAYOUT, RESCUE, ctl, fails, flash, load, main, passes, write_file

APPLICATION1 = slice(0x4000, 0x24000)
APPLICATION2 = slice(0x24000, 0x44000)
SHARED = slice(0x20000, 0x24000)  # of application 1, in sector 5
OLD = random.Random(5).randbytes(APPLICATION2.stop) + b"\xff" * (512 * 1024 - APPLICATION2.stop)
NEW = (BUILD / "firmware" / "application2.bin").read_bytes() + random.Random(6).randbytes(100_000)
UPDATE = ("flash", LAYOUT, f"application2={write_file('new.bin', NEW)}")
OTHER = ("flash", LAYOUT, f"selector={BUILD / 'firmware' / 'selector.elf'}")


def files():
    return sorted(path.name for path in RESCUE.rglob("*") if path.is_file())


def fresh_board():
    """Nothing that was begun on it goes on."""
    ctl("power", "blackpill", "off")
    ctl("power", "blackpill", "on")
    load("blackpill", OLD)


def transfers():
    return json.loads(ctl("counters"))["probes"][0]["transfers"]


def cut_power():
    """In the first operation after the erase."""
    ctl("cut", "blackpill", 1)
    fails("board-lost", *UPDATE)
    ctl("power", "blackpill", "on")


def pull_plug(transfer):
    """The chip goes on with what it was told before."""
    ctl("fault", "1-4", transfer, "unplug")
    fails("adapter-lost", *UPDATE)
    ctl("run", "blackpill", "1.2s")
    ctl("plug", "1-4")


def kill_worker(transfer):
    """While it waits for a reply that never comes, so that the moment is certain."""
    last = transfers() + transfer
    ctl("fault", "1-4", transfer, "mute")
    process = subprocess.Popen(["inlay", *UPDATE, "--json"], stdout=subprocess.PIPE, text=True, start_new_session=True)
    while transfers() < last:
        assert process.poll() is None, process.stdout.read()
    worker = int(pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())
    os.kill(worker, signal.SIGKILL)
    assert '"worker-died"' in process.stdout.read().splitlines()[-1]
    process.wait(30)
    ctl("run", "blackpill", "1.2s")
    ctl("unplug", "1-4")
    ctl("plug", "1-4")


@functools.cache
def find_transfer():
    """One at which the shared sector has been erased and what was in it is not yet back; found by halving."""
    fresh_board()
    before = transfers()
    passes(*UPDATE)
    low, high = 0, transfers() - before
    while high - low > 1:
        middle = (low + high) // 2
        fresh_board()
        pull_plug(middle)
        contents = flash("blackpill")
        if contents[SHARED] != OLD[SHARED]:
            return middle
        if contents == OLD:
            low = middle
        else:
            high = middle
    raise AssertionError("no transfer between the erase and the first bytes back")


def broken_board(end):
    if end == "power":
        fresh_board()
        cut_power()
    else:
        transfer = find_transfer()
        fresh_board()
        {"kill": kill_worker, "plug": pull_plug}[end](transfer)
    assert flash("blackpill")[SHARED] != OLD[SHARED], "the end came at another moment"
    assert len(files()) == 2, files()


def assert_others_intact():
    found = flash("blackpill")
    assert found[APPLICATION1] == OLD[APPLICATION1], "application 1 is damaged"
    assert found[APPLICATION2.stop :] == OLD[APPLICATION2.stop :], "bytes behind application 2 are damaged"
    assert files() == [], files()


def same_command(end):
    broken_board(end)
    run = passes(*UPDATE)
    assert_others_intact()
    assert flash("blackpill")[APPLICATION2] == NEW + b"\xff" * (0x20000 - len(NEW))
    plan = run.one("plan")
    assert plan["restore_bytes"] == 16 * 1024 and "to be restored from the rescue file of 20" in plan["summary"], plan
    assert run.one("partition", name="application1")["state"] == "restored"


def other_image(end):
    broken_board(end)
    run = passes(*OTHER)
    assert_others_intact()
    assert any("application2" in warning["message"] for warning in run.all("warning")), "application 2 is unfinished"


def no_rescue_file(end):
    broken_board(end)
    damaged = flash("blackpill")
    rescue_file = next(RESCUE.glob("*.rescue"))
    rescue_file.rename(DESK / "taken-away")
    for job in (UPDATE, OTHER, ("flash", "--dry-run", *UPDATE[1:]), ("verify", *UPDATE[1:])):
        run = fails("rescue-missing", *job)
        assert "application1 0x08020000-0x08023fff" in run.result["detail"], run.result
        assert "PASS" not in run.stderr and flash("blackpill") == damaged
    shutil.copy(DESK / "taken-away", rescue_file)
    passes(*UPDATE)
    assert_others_intact()


def test_power_cut_then_the_same_command():
    same_command("power")


def test_power_cut_then_another_image():
    other_image("power")


def test_power_cut_then_no_rescue_file():
    no_rescue_file("power")


def test_kill_then_the_same_command():
    same_command("kill")


def test_kill_then_another_image():
    other_image("kill")


def test_kill_then_no_rescue_file():
    no_rescue_file("kill")


def test_plug_pulled_then_the_same_command():
    same_command("plug")


def test_the_loss_can_be_accepted_or_made_good():
    broken_board("power")
    next(RESCUE.glob("*.rescue")).unlink()
    passes(*UPDATE, f"application1={write_file('old1.bin', OLD[APPLICATION1])}")
    assert_others_intact()
    broken_board("power")
    next(RESCUE.glob("*.rescue")).unlink()
    passes(*UPDATE, "--accept-loss")
    assert files() == []
    passes(*UPDATE)


def test_a_board_whose_run_was_cut_is_not_verified():
    broken_board("power")
    run = fails("verify-failed", "verify", LAYOUT, f"application1={write_file('old1.bin', OLD[APPLICATION1])}")
    assert "0x08020000" in run.result["detail"], run.result


def test_a_damaged_rescue_file_is_refused_and_kept():
    broken_board("power")
    rescue_file = next(RESCUE.glob("*.rescue"))
    whole = rescue_file.read_bytes()
    rescue_file.write_bytes(whole[:-10])
    fails("rescue-corrupt", *UPDATE)
    fails("rescue-corrupt", *OTHER)
    assert rescue_file.read_bytes() == whole[:-10]
    rescue_file.write_bytes(whole)
    passes(*UPDATE)
    assert_others_intact()


def test_nothing_is_erased_without_a_folder_to_save_to():
    fresh_board()
    RESCUE.write_bytes(b"not a folder")
    run = fails("rescue-unwritable", *UPDATE)
    assert str(RESCUE) in run.result["detail"], run.result
    assert flash("blackpill") == OLD
    RESCUE.unlink()
    passes(*UPDATE)
    assert_others_intact()


main(globals())
