# SPDX-License-Identifier: GPL-2.0-or-later
"""Each family and each geometry of the chip table on a board of its own: what a run writes, and that it writes nothing else."""
import random

from station import FLASH, fails, flash, load, main, passes, write_file

KIB = 1024
F4 = [16 * KIB] * 4 + [64 * KIB] + [128 * KIB] * 7

# board: port, chip, sectors, where the image goes (across a border of sectors), another chip of the same family
BOARDS = {
    "f103c6": ("1-1", "STM32F103x6", [KIB] * 32, 0x08006D00, "STM32F103x8"),  # 10 KiB of RAM
    "f103ze": ("1-2", "STM32F103xE", [2 * KIB] * 256, 0x0807E300, "STM32F103xC"),
    "f303k8": ("1-3", "STM32F303x8", [2 * KIB] * 32, 0x0800E700, "STM32F303xB"),  # 12 KiB of RAM
    "f303vc": ("1-4", "STM32F303xC", [2 * KIB] * 128, 0x08001700, "STM32F303xE"),
    "f401rc": ("1-5", "STM32F401xC", F4[:6], 0x08003D00, "STM32F411xC"),
    "f407vg-a": ("1-6", "STM32F407xG", F4, 0x08007D00, "STM32F412xG"),  # revision A says that it is an F2
    "f412zg": ("1-7", "STM32F412xG", F4, 0x0800BD00, "STM32F407xG"),
    "f429zi": ("1-8", "STM32F429xI", F4 * 2, 0x08103D00, "STM32F429xG"),  # the second bank
    "f429zg-db1m": ("1-9", "STM32F429xG-DB1M", F4[:8] * 2, 0x08083D00, "STM32F429xG"),
    "f446re": ("1-10", "STM32F446xE", F4[:8], 0x08007D00, "STM32F446xC"),
}


def expected_sectors(sectors, addr, size):
    found, start = [], FLASH
    for length in sectors:
        if start < addr + size and addr < start + length:
            found.append(f"0x{start:08x}")
        start += length
    return found


def touched_sectors(run):
    return [sector["addr"] for sector in run.one("plan")["sectors"] if sector["fate"] == "erase"]


def check(board, chip, sectors, addr, other):
    adapter = ("--adapter", f"usb:{BOARDS[board][0]}")
    contents = bytearray(random.Random(board).randbytes(sum(sectors)))
    load(board, bytes(contents))

    # an image, and three bytes at an odd address behind it
    image, odd = random.Random(chip).randbytes(901), addr + 903
    image_at = f"{write_file('image.bin', image)}@0x{addr:08x}"
    edit_at = f"{write_file('edit.bin', bytes([0x12, 0x34, 0x56]))}@0x{odd:08x}"
    run = passes("flash", *adapter, image_at, edit_at)
    assert run.one("board")["chip"] == chip, run.one("board")
    assert touched_sectors(run) == expected_sectors(sectors, addr, 906), run.one("plan")
    contents[addr - FLASH : addr - FLASH + len(image)] = image
    contents[odd - FLASH : odd - FLASH + 3] = b"\x12\x34\x56"
    assert flash(board) == bytes(contents)

    layout = write_file("other.yaml", f"name: other\nchip: {other}\npartitions:\n  - {{name: a, base: 0x08000000, size: 2K}}\n".encode())
    run = fails("chip-wrong", "erase", *adapter, layout, "a")
    assert other in run.result["detail"] and chip in run.result["detail"], run.result

    if sum(sectors) < 512 * KIB:  # of each family one; a large flash takes its time
        passes("erase", *adapter, f"0x{addr:08x}:{len(image)}")
        contents[addr - FLASH : addr - FLASH + len(image)] = b"\xff" * len(image)
        assert flash(board) == bytes(contents)


def make_test(board, row):
    return lambda: check(board, *row[1:])


for name, row in BOARDS.items():
    globals()[f"test_{name.replace('-', '_')}"] = make_test(name, row)

main(globals())
