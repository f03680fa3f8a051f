# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever the format of an image, and through whichever probe, the flash is the same."""
import gzip
import subprocess

from station import BUILD, DESK, LAYOUT, ctl, fails, flash, load, main, passes, write_file

BASES = {"selector": 0x08000000, "application1": 0x08004000, "application2": 0x08024000}
SIZES = {"selector": 16 * 1024, "application1": 128 * 1024, "application2": 128 * 1024}
WANTED = b"".join(
    (BUILD / "firmware" / f"{name}.bin").read_bytes().ljust(size, b"\xff") for name, size in SIZES.items()
).ljust(512 * 1024, b"\xff")
PROBES = {"on-v2": "usb:1-2", "on-v21": "usb:1-4", "on-v3": "usb:1-6"}


def objcopy(*arguments):
    subprocess.run(["arm-none-eabi-objcopy", *map(str, arguments)], check=True, timeout=30)


def make_formats():
    """format -> the images of the demo in it; the names say nothing true."""
    formats = {}
    for kind, how in {"elf": [], "hex": ["-O", "ihex"], "s19": ["-O", "srec"], "bin": ["-O", "binary"]}.items():
        formats[kind], formats[f"{kind}.gz"] = [], []
        for name in SIZES:
            plain = DESK / f"{name}-{kind}.img"
            objcopy(*how, BUILD / "firmware" / f"{name}.elf", plain)
            packed = write_file(f"{name}-{kind}.img2", gzip.compress(plain.read_bytes()))
            formats[kind].append(f"{name}={plain}")
            formats[f"{kind}.gz"].append(f"{name}={packed}")
    return formats


FORMATS = make_formats()


def test_every_format_gives_the_same_flash():
    load("on-v21", b"\x12" * 0x50000)
    passes("flash", LAYOUT, *FORMATS["elf"], "--adapter", "usb:1-4")
    after = flash("on-v21")
    assert after[: 0x44000] == WANTED[: 0x44000]
    for kind, images in FORMATS.items():
        run = passes("flash", LAYOUT, *images, "--adapter", "usb:1-4")
        assert [p["state"] for p in run.all("partition")] == ["equal"] * 3, (kind, run.all("partition"))
        assert run.one("plan")["program_bytes"] == 0, kind
    assert flash("on-v21") == after


def test_every_probe_gives_the_same_flash():
    for (board, adapter), kind in zip(PROBES.items(), ("hex.gz", "s19.gz", "hex.gz")):
        load(board, b"\x34" * 0x60000)
        passes("erase", "--all", "--adapter", adapter)
        assert flash(board) == b"\xff" * len(WANTED)
        run = passes("flash", LAYOUT, *FORMATS[kind], "--adapter", adapter)
        assert flash(board) == WANTED, (board, kind)
        assert [p["state"] for p in run.all("partition")] == ["written"] * 3


def test_every_family_gets_the_same_flash():
    """The demo's bytes, which do not run there; a chip outside the table has its turn in test-longtail.py."""
    for board, adapter in (("f1", "usb:1-7"), ("f3", "usb:1-8")):
        load(board, b"\x56" * 0x30000)
        for kind, images in FORMATS.items():
            paths = dict(image.split("=") for image in images)
            at = {name: f"@{BASES[name]}" if kind.startswith("bin") else "" for name in paths}
            run = passes("flash", *(f"{path}{at[name]}" for name, path in paths.items()), "--adapter", adapter)
            assert kind == "elf" or run.one("plan")["program_bytes"] == 0, (board, kind)
        after = flash(board)
        for name, base in BASES.items():
            content = (BUILD / "firmware" / f"{name}.bin").read_bytes()
            behind = base - 0x08000000 + len(content)
            assert after[base - 0x08000000 :][: len(content)] == content, (board, name)
            assert after[behind : behind + 64] == b"\x56" * 64, (board, name)


def test_what_is_read_is_what_objcopy_reads():
    for name, kind in (("out.hex", "ihex"), ("out.s19", "srec")):
        out, binary = DESK / name, DESK / "out.bin"
        passes("read", "-o", out, "--all", "--adapter", "usb:1-6")
        objcopy("-I", kind, "-O", "binary", out, binary)
        assert binary.read_bytes() == WANTED, name
        passes("diff", out, f"{binary}@0x08000000")


def test_diff_with_the_board_leaves_it_running():
    passes("flash", LAYOUT, *FORMATS["hex"], "--adapter", "usb:1-4")
    ctl("run", "on-v21", "100ms")
    run = passes("diff", LAYOUT, *FORMATS["s19"], "--adapter", "usb:1-4")
    assert [p["state"] for p in run.all("partition")] == ["same"] * 3
    assert ctl("halted", "on-v21").startswith("running"), ctl("halted", "on-v21")

    changed = bytearray(flash("on-v21"))
    changed[0x4100] ^= 0xFF
    changed[0x16000] = 0x55
    load("on-v21", bytes(changed))
    run = fails("image-different", "diff", LAYOUT, *FORMATS["elf"], "--adapter", "usb:1-4")
    found = [(d["name"], d["addr"], d["size"], d["second"]) for d in run.all("difference")]
    assert found == [
        ("application1", "0x08004100", 1, f"{changed[0x4100]:02x}"),
        ("application1", "0x08016000", 1, "55"),
    ], found
    assert flash("on-v21") == bytes(changed)


def test_a_damaged_file_touches_nothing():
    before = flash("on-v2")
    text = (DESK / "application1-hex.img").read_text().splitlines()
    text[4] = text[4][:-2] + "00"
    damaged = write_file("damaged.bin", "\n".join(text).encode())
    run = fails("image-corrupt", "flash", LAYOUT, f"application1={damaged}", "--adapter", "usb:1-2")
    assert f"{damaged}:5:42: Intel HEX: checksum: expected 0x" in run.result["detail"], run.result
    assert not run.all("board") and flash("on-v2") == before


main(globals())
