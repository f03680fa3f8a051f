# SPDX-License-Identifier: GPL-2.0-or-later
"""The probe is unplugged at every transfer of short jobs, and along a flash job: a named error each time, in time,
nothing lost beside the sector in hand, and the next run works as soon as the probe is back."""
import json
import random

from station import ctl, fails, flash, load, main, passes, write_file

PORT = "1-2"
SMALL = write_file("small.bin", random.Random(8).randbytes(256))
JOB = ("flash", f"{SMALL}@0x08000400")
OLD = random.Random(9).randbytes(0x1000)


EVERY = 6  # of the flash job's transfers; tests/transports has every single one of such a job, in process


def transfers():
    return json.loads(ctl("counters"))["probes"][0]["transfers"]


def count(*job):
    before = transfers()
    passes(*job)
    return transfers() - before


def unplugged(n, *job):
    ctl("fault", PORT, n, "unplug")
    run = fails("adapter-lost", *job)
    assert run.seconds < 3, (job, n, run.seconds)
    return run


def test_at_every_transfer_of_short_jobs():
    load("bluepill", OLD)
    for job in ("info", "reset"):
        total = count(job)
        assert total > 20, (job, total)
        for n in range(total):
            unplugged(n, job)
            ctl("plug", PORT)
        passes(job)
    assert flash("bluepill")[:0x1000] == OLD


def test_along_a_flash_job():
    load("bluepill", OLD)
    total = count(*JOB)
    print(f"# every {EVERY}. of {total} transfers")
    for n in range(0, total, EVERY):
        load("bluepill", OLD)
        run = unplugged(n, *JOB)
        after = flash("bluepill")
        assert after[:0x400] + after[0x800:0x1000] == OLD[:0x400] + OLD[0x800:], n
        begun = bool(run.all("phase", phase="write"))
        assert begun or after[:0x1000] == OLD, f"{n}: changed before anything had begun"
        ctl("plug", PORT)
        passes(*JOB)
        assert flash("bluepill")[0x400:0x500] == SMALL.read_bytes(), n


main(globals())
