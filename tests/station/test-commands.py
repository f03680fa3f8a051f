# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line as a person and as a script meet it."""
import os
import pathlib
import pty
import signal
import subprocess

from station import BUILD, EXIT, LAYOUT, ROOT, ctl, fails, flash, load, main, passes, write_file

IMAGES = [f"{name}={BUILD / 'firmware' / name}.elf" for name in ("selector", "application1", "application2")]


def inlay(*arguments):
    return subprocess.run(["inlay", *map(str, arguments)], capture_output=True, text=True, timeout=60)


def test_every_command_teaches():
    top = inlay("--help")
    assert top.returncode == 0 and top.stderr == ""
    for command in ("list", "info", "flash", "verify", "diff", "read", "erase", "reset", "size", "layout"):
        assert f"  {command}" in top.stdout
        page = inlay(command, "--help")
        assert page.returncode == 0 and f"inlay {command}" in page.stdout, page


def test_mistakes_on_the_command_line_are_named():
    for wrong in (
        ["flsh"],
        ["flash"],
        ["flash", "--fast", "x.elf"],
        ["flash", LAYOUT],
        ["flash", LAYOUT, "selektor=x.elf"],
        ["flash", f"{write_file('raw.bin', b'12345678')}"],
        ["read", "--all"],
        ["read", "-o", "x.bin", "0x08000000"],
        ["erase"],
        ["erase", "application1"],
        ["info", "please"],
        ["size"],
        ["size", "--chip", "STM32", "x.elf"],
        ["diff", "a.elf", "b.elf", "c.elf"],
        ["read", "-o", "x", "--format", "elf", "--all"],
        ["--batch"],
        ["info", "--adapter", "my-probe"],
    ):
        done = inlay(*wrong)
        assert done.returncode == EXIT["usage"], (wrong, done)
        assert "[usage]" in done.stderr and "Do this:" in done.stderr, (wrong, done)
        assert "PASS" not in done.stdout


def test_a_pipe_gets_no_progress_and_a_terminal_does():
    load("blackpill", b"\x12" * 0x20000)
    piped = inlay("flash", LAYOUT, *IMAGES)
    assert piped.returncode == 0 and piped.stderr == "", piped
    assert "PASS" in piped.stdout and "\r" not in piped.stdout and "\x1b" not in piped.stdout
    load("blackpill", b"\x12" * 0x20000)
    screen, terminal = pty.openpty()
    subprocess.run(["inlay", "flash", LAYOUT, *IMAGES], stdout=terminal, timeout=60, check=True)
    os.close(terminal)
    shown = b""
    try:
        while chunk := os.read(screen, 4096):
            shown += chunk
    except OSError:  # the other end is closed
        pass
    assert b"%" in shown and b"\r" in shown and b"PASS" in shown, shown


def test_a_job_file_runs_one_unit_and_exits():
    load("blackpill", b"\x12" * 0x20000)
    firmware = BUILD / "firmware"
    lines = ["do: flash", f"layout: {LAYOUT}", "contents:"]
    lines += [f"  {name}: {firmware / name}.elf" for name in ("selector", "application1")]
    job = write_file("job.yaml", "\n".join([*lines, "  application2: keep", ""]).encode())
    run = passes("--batch", job)
    assert run.one("partition", name="application2")["state"] == "kept"
    image = (firmware / "application1.bin").read_bytes()
    assert flash("blackpill")[0x4000 : 0x4000 + len(image)] == image
    wrong = write_file("wrong.yaml", b"do: flash\ncontent:\n  - x.elf\n")
    detail = fails("job", "--batch", wrong).result["detail"]
    assert "wrong.yaml:2:1" in detail and "contents" in detail, detail


def test_info_leaves_the_program_running():
    passes("flash", LAYOUT, *IMAGES)
    ctl("run", "blackpill", "1s")
    ctl("uart", "blackpill")
    resets = ctl("counters").split('"resets"')[1].split(",")[0]
    board = passes("info").one("board")
    assert board["chip"] == "STM32F411xE" and board["supply_mv"] > 3000 and len(board["uid"]) == 24
    ctl("run", "blackpill", "1s")
    assert ctl("counters").split('"resets"')[1].split(",")[0] == resets
    assert ctl("uart", "blackpill") == ""
    assert ctl("halted", "blackpill").startswith("running"), ctl("halted", "blackpill")


def test_ctrl_c_ends_in_a_defined_state():
    load("blackpill", b"\x12" * 0x60000)
    process = subprocess.Popen(
        ["inlay", "flash", LAYOUT, *IMAGES, "--json"], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    for line in process.stdout:
        if '"phase":"write"' in line:
            process.send_signal(signal.SIGINT)
            break
    rest = process.stdout.read().splitlines()
    assert process.wait(30) in (EXIT["cancelled"], 0)
    assert rest[-1].count('"result"') == 1
    passes("flash", LAYOUT, *IMAGES)


def test_a_killed_worker_is_a_result():
    load("blackpill", b"\x12" * 0x60000)
    process = subprocess.Popen(
        ["inlay", "flash", LAYOUT, *IMAGES, "--json"], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    for line in process.stdout:
        if '"phase":"survey"' in line:
            children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
            os.kill(int(children), signal.SIGKILL)
            break
    rest = process.stdout.read().splitlines()
    assert process.wait(30) == EXIT["worker-died"] and '"worker-died"' in rest[-1], rest
    passes("flash", LAYOUT, *IMAGES)


def test_the_page_of_errors_is_what_the_program_says():
    assert inlay("errors").stdout == (ROOT / "docs" / "errors.md").read_text()


main(globals())
