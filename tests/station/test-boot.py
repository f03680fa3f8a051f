#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`inlay boot`: each of the bootloader's commands by name, to our firmware and to bootloaders that others wrote."""
import json
import signal
import subprocess
import zlib

import station
from station import BUILD, ctl, fails, flash, passes, write_file

OURS, OLDER, PUBLISHED = (("--adapter", f"tty:/dev/ttyUSB{i}") for i in range(3))
BOOTLOADER = (BUILD / "firmware" / "bootloader.bin").read_bytes()
APP = 0x08008000


def power_cycle():
    ctl("power", "disco", "off")
    ctl("power", "disco", "on")


def boot(verb, *arguments, port=OURS):
    return passes("boot", verb, *arguments, *port).one("boot", verb=verb)


def refuses(error_id, *arguments, port=OURS):
    return fails(error_id, "boot", *arguments, *port).result["detail"]


def test_says_who_it_is():
    ctl("load", "disco", BUILD / "firmware" / "bootloader.bin")
    power_cycle()
    ver = boot("ver")
    assert ver["version"] == "0x10" and ver["extensions"] and ver["answer_has_command"], ver
    assert boot("help")["commands"][:3] == ["GET_VER", "GET_HELP", "GET_CID"]
    assert boot("cid")["cid"] == "0x413"
    assert boot("rdp")["rdp_level"] == 0
    assert boot("write-protection")["write_protected"] == []
    assert boot("otp", "3") == {"event": "boot", "verb": "otp", "block": 3, "hex": "ff" * 32, "locked": False}
    capabilities = boot("capabilities")
    assert (capabilities["flash_kib"], capabilities["sectors"]) == (1024, 12), capabilities


def test_reads_memory():
    read = boot("read", "0x08000000", "300")
    assert read["hex"] == BOOTLOADER[:300].hex() and read["crc32"] == f"0x{zlib.crc32(BOOTLOADER[:300]):08x}", read
    path = write_file("read.bin", b"")
    assert "hex" not in boot("read", "0x08000000", "1K", "-o", path)
    assert path.read_bytes() == BOOTLOADER[:1024]


def test_writes_and_erases():
    contents = bytes(range(1, 251)) * 2
    boot("write", f"{write_file('app.bin', contents)}@0x{APP:08x}")
    assert boot("read", hex(APP), "500")["hex"] == contents.hex()  # as if all of it were in the flash by now
    boot("erase", "2", "2", "--yes")
    assert flash("disco") == BOOTLOADER.ljust(1 << 20, b"\xff")
    refuses("unconfirmed", "erase", "2")
    refuses("unconfirmed", "write", f"{write_file('otp.bin', b'x')}@0x1FFF7800")


def test_says_why_it_refuses():
    assert "FLASH_ERASE: the sector is the bootloader's own" in refuses("bootloader-refused", "erase", "0", "--yes")
    assert "no sane vector table" in refuses("bootloader-refused", "go", "0x20008000")
    why = boot("why")
    assert (why["refused"], why["status"]) == ("GO_TO_ADDR", 12), why
    refuses("chip-lacks", "protect", "2,3", "read-write")
    refuses("bootloader-refused", "otp", "16")
    refuses("usage", "protect", "9")


def test_protects():
    boot("protect", "0,1")
    power_cycle()
    assert boot("write-protection")["write_protected"] == [0, 1]
    boot("unprotect")
    power_cycle()
    assert boot("write-protection")["write_protected"] == []


def test_people_read_a_line():
    said = subprocess.run(["inlay", "boot", "rdp", *OURS], capture_output=True, text=True, timeout=60)
    assert said.stdout == "read protection level 0 (0xaa)\n", said


def test_bootloaders_of_others():
    older = boot("ver", port=OLDER)
    assert not older["length_has_crc"] and not older["answer_has_command"] and not older["extensions"], older
    boot("erase", "2", "--yes", port=OLDER)
    published = boot("ver", port=PUBLISHED)
    assert published["length_has_crc"] and published["answer_has_command"], published
    assert "got 7f" in refuses("bootloader-refused", "erase", "2", "--yes", port=PUBLISHED)
    assert boot("read", "0x08000000", "4", port=PUBLISHED)["hex"] == "ff" * 4
    refuses("bootloader-refused", "capabilities", port=PUBLISHED)


def count_bytes():
    return next(port["to_board"] for port in json.loads(ctl("counters"))["ports"] if port["tty"] == "ttyUSB0")


def test_ctrl_c_ends_it():
    before = count_bytes()
    ctl("power", "disco", "off")
    inlay = subprocess.Popen(["inlay", "boot", "ver", "--json", *OURS], stdout=subprocess.PIPE, text=True)
    while count_bytes() == before and inlay.poll() is None:  # it asks
        pass
    inlay.send_signal(signal.SIGINT)
    events = inlay.communicate(timeout=30)[0].splitlines()
    assert inlay.returncode == station.EXIT["cancelled"] and len(events) == 1, events


if __name__ == "__main__":
    station.main(globals())
