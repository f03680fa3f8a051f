# SPDX-License-Identifier: GPL-2.0-or-later
"""For tests that run on the virtual station: inlay as a person or a script runs it, hands on the board, and TAP.

A test script is started by `inlay-bench run --setup … -- python3 test-….py`, so that one bench serves all its tests.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("INLAY_BUILD", ROOT / "build"))
LAYOUT = str(ROOT / "layouts" / "blackpill-f411-two-applications.yaml")
FLASH = 0x08000000
DESK = pathlib.Path(tempfile.mkdtemp(prefix="inlay-test-"))
RESCUE = DESK / "rescue"
os.environ["INLAY_RESCUE_DIR"] = str(RESCUE)

EXIT = {}  # id -> exit code, as `inlay errors` documents it


def _read_exit_codes():
    page = subprocess.run(["inlay", "errors"], check=True, capture_output=True, text=True).stdout
    for row in page.splitlines():
        cells = [cell.strip() for cell in row.split("|")]
        if len(cells) > 3 and cells[1].isdigit():
            EXIT[cells[2]] = int(cells[1])


def ctl(*arguments):
    """Hands on the station: returns what `inlay-bench ctl` prints."""
    done = subprocess.run(["inlay-bench", "ctl", *map(str, arguments)], capture_output=True, text=True,
                          errors="replace", timeout=120)  # a port carries more than text
    assert done.returncode == 0, f"ctl {arguments}: {done.stderr}"
    return done.stdout


class Run:
    """One run of inlay with --json: its events, exit code, and how long a person would have waited."""

    def __init__(self, *arguments, environment=None):
        started = time.monotonic()
        done = subprocess.run(
            ["inlay", *map(str, arguments), "--json"],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, **(environment or {})},
        )
        self.seconds = time.monotonic() - started
        self.exit = done.returncode
        self.stderr = done.stderr
        self.events = [json.loads(line) for line in done.stdout.splitlines()]
        results = self.all("result")
        assert len(results) == 1 and self.events[-1] is results[0], f"not one result, the last: {done.stdout}"
        self.result = results[0]
        assert self.result["exit"] == self.exit, f"the event and the shell disagree: {self.result} {self.exit}"
        assert self.result["ok"] == (self.exit == 0)

    def all(self, kind, **members):
        return [e for e in self.events if e["event"] == kind and all(e.get(k) == v for k, v in members.items())]

    def one(self, kind, **members):
        found = self.all(kind, **members)
        assert len(found) == 1, f"one {kind} {members} expected, got {found}"
        return found[0]


def passes(*arguments):
    run = Run(*arguments)
    assert run.exit == 0, f"inlay {' '.join(map(str, arguments))}: {run.result}"
    return run


def fails(error_id, *arguments, environment=None):
    run = Run(*arguments, environment=environment)
    assert run.result["id"] == error_id, f"{error_id} expected, got {run.result}"
    assert run.exit == EXIT[error_id], f"exit {EXIT[error_id]} expected, got {run.exit}"
    assert run.result["sentence"] and run.result["remedy"], run.result
    return run


def flash(board):
    """The true bytes of a board's flash."""
    path = DESK / "dump.bin"
    ctl("flash", board, path)
    return path.read_bytes()


def load(board, contents):
    """Gives a board's flash these bytes, blank after them: as good as another board, so nothing is known of it."""
    shutil.rmtree(RESCUE, ignore_errors=True)
    size = len(flash(board))
    path = DESK / "load.bin"
    path.write_bytes(contents + b"\xff" * (size - len(contents)))
    ctl("load", board, path)


def write_file(name, contents):
    path = DESK / name
    path.write_bytes(contents)
    return path


def listen(board, duration="1.5s"):
    ctl("run", board, duration)
    return ctl("uart", board)


def main(namespace):
    """Runs the module's test_* functions in order and prints TAP."""
    _read_exit_codes()
    tests = [(name, function) for name, function in namespace.items() if name.startswith("test_")]
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, (name, function) in enumerate(tests, 1):
        try:
            function()
            print(f"ok {number} {name}", flush=True)
        except Exception:  # a failing test must not hide the next one
            failed += 1
            print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="")
            print(f"not ok {number} {name}", flush=True)
    sys.exit(bool(failed))
