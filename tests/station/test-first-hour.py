# SPDX-License-Identifier: GPL-2.0-or-later
"""The first hour with the tool, as an ordinary user: each failure has its id, exit code, sentence and remedy, says what
was expected and what was found, and is over without plugging anything in again."""
import contextlib
import json
import os
import re
import signal
import subprocess
import sys

from station import DESK, EXIT, ctl, fails, flash, main, passes, write_file

BOARD, V3, GD, CS, APM, V1, LOADER = "1-4", "1-7", "1-1", "1-2", "1-3", "1-5", "1-6"
SMALL = write_file("small.bin", bytes(range(256)))
AT = "0x08000000"


def info(port=BOARD):
    return ("info", "--adapter", f"usb:{port}")


def flash_small(port=BOARD, *options):
    return ("flash", f"{SMALL}@{AT}", "--adapter", f"usb:{port}", *options)


def sees(error_id, job, sentence, remedy, detail):
    """The job fails so, and the words that a person reads are there."""
    run = fails(error_id, *job)
    assert sentence in run.result["sentence"], run.result["sentence"]
    assert remedy in run.result["remedy"], run.result["remedy"]
    assert re.search(detail, run.result["detail"]), run.result["detail"]
    return run


@contextlib.contextmanager
def set_to(key, value, otherwise, port=BOARD):
    ctl("probe", port, key, value)
    try:
        yield
    finally:
        ctl("probe", port, key, otherwise)


def warnings(run):
    return " / ".join(event["message"] for event in run.all("warning"))


def list_adapters():
    """What `inlay list --json` says, by address."""
    done = subprocess.run(["inlay", "list", "--json"], capture_output=True, text=True, timeout=60, check=True)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return {event["adapter"]: event for event in events if event["event"] == "adapter"}


def test_this_is_an_ordinary_user():
    assert os.geteuid() != 0 and os.getuid() != 0, "started as root: see as-user.sh"
    status = open("/proc/self/status", encoding="ascii").read()
    assert re.search(r"^CapEff:\s*0+$", status, re.MULTILINE), "it has capabilities"


# -- the probe --


def test_no_permission():
    with set_to("access", "denied", "allowed"):
        sees("adapter-permission", info(), "may not open", "inlay udev | sudo tee /etc/udev/rules.d/70-inlay.rules",
             r"usb:1-4: /dev/bus/usb/001/\d+ expected to be readable and writable for .*, found .*:.* 0000")
        by_serial = fails("adapter-permission", "info", "--adapter", "serial:066DFF48")
        assert "serial:066DFF48 expected" in by_serial.result["detail"], by_serial.result
        trouble = list_adapters()["usb:1-4"]["trouble"]
        assert trouble["id"] == "adapter-permission" and trouble["exit"] == EXIT["adapter-permission"], trouble
        screen = subprocess.run(["inlay", "list"], capture_output=True, text=True, timeout=60, check=True).stdout
        assert "usb:1-4" in screen and trouble["sentence"] in screen and trouble["remedy"] in screen, screen
    passes(*info())
    assert "trouble" not in list_adapters()["usb:1-4"]


def test_a_container_without_the_device():
    number = int(open("/sys/bus/usb/devices/1-4/devnum", encoding="ascii").read())
    node = f"{os.environ['UMOCKDEV_DIR']}/dev/bus/usb/001/{number:03}"
    os.rename(node, node + ".away")
    sees("adapter-permission", info(), "may not open", "inlay udev", "found nothing there although the kernel has .*--device")
    os.rename(node + ".away", node)
    passes(*info())


def test_no_permission_for_a_port():
    port = "tty:/dev/ttyUSB0"
    trouble = list_adapters()[port]["trouble"]
    assert trouble["id"] == "adapter-permission" and "dialout" in trouble["remedy"], trouble
    mode = "/dev/ttyUSB0 expected to be readable and writable for .*, found .* 0000"
    for command in ("monitor", "info"):
        sees("adapter-permission", (command, "--adapter", port), "may not open", "dialout", mode)
    ctl("port", "ttyUSB0", "access", "allowed")
    assert "trouble" not in list_adapters()[port]


def test_the_rule_that_gives_permission():
    rule = subprocess.run(["inlay", "udev"], capture_output=True, text=True, timeout=60, check=True).stdout
    products = "3744|3748|374b|3752|374d|374e|374f|3753|3754"
    for word in ('TAG+="uaccess"', 'ENV{ID_MM_DEVICE_IGNORE}="1"', products, "ftdi_sio|cp210x"):
        assert word in rule, word


HOLDER = """\
import ctypes, fcntl, os, struct, sys, time
number = int(open("/sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/devnum").read())
node = os.open(f"/dev/bus/usb/001/{number:03}", os.O_RDWR)
fcntl.ioctl(node, 0x8004550F, struct.pack("I", 0))  # USBDEVFS_CLAIMINTERFACE
if sys.argv[1] == "hidden":
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: others of this user cannot look inside
print("holds it", flush=True)
time.sleep(60)
"""


@contextlib.contextmanager
def held(how):
    with subprocess.Popen([sys.executable, "-c", HOLDER, how], stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout.readline() == "holds it\n"
            yield holder.pid
        finally:
            holder.send_signal(signal.SIGKILL)


def test_a_busy_probe():
    with held("openly") as pid:
        sees("adapter-busy", info(), "Another program", "End the program named", rf"python3\S* \(process {pid}\)")
        trouble = list_adapters()["usb:1-4"]["trouble"]
        assert trouble["id"] == "adapter-busy" and f"process {pid}" in trouble["detail"], trouble
    passes(*info())


def test_a_busy_probe_whose_program_is_hidden():
    with held("hidden"):
        sees("adapter-busy", info(), "Another program", "End the program", r"`sudo fuser -v /dev/bus/usb/001/\d+`")
    passes(*info())


def test_old_firmware():
    with set_to("firmware", "J10", "own"):
        sees("adapter-outdated", info(), "firmware is too old", "java -jar STLinkUpgrade.jar",
             "firmware J11 expected at least, for SWD, found J10")
    with set_to("firmware", "J11", "own"):
        run = passes(*flash_small())
        assert "J11 is old" in warnings(run) and "J13" in warnings(run) and "J22" in warnings(run), warnings(run)
    assert "is old" not in warnings(passes(*info()))


def test_a_probe_in_its_boot_loader():
    with set_to("mode", "dfu", "own"):
        run = sees("adapter-dfu", info(), "bootloader", "java -jar STLinkUpgrade.jar", "still in that mode")
        assert run.seconds < 2.5, run.seconds
    passes(*info())
    sees("adapter-dfu", info(LOADER), "bootloader", "Unplug it", r"usb:1-6: .* expected, found STLINK-V3 \(bootloader\)")
    assert list_adapters()[f"usb:{LOADER}"]["trouble"]["id"] == "adapter-dfu"


def test_a_v1():
    sees("adapter-unsupported", info(V1), "cannot be used", "Use an ST-LINK/V2", r"found ST-LINK/V1 \(0483:3744\)")
    assert list_adapters()[f"usb:{V1}"]["trouble"]["id"] == "adapter-unsupported"


def test_a_mute_v3():
    ctl("fault", V3, 0, "mute")
    run = sees("adapter-mute", info(V3), "does not answer", "wait two seconds",
               "usb:1-7: asked three times, the last after a usb reset: .*no answer in time")
    assert run.seconds < 3, run.seconds
    ctl("plug", V3)
    ctl("fault", V3, 0, "hang")  # that much a USB reset does help
    passes(*info(V3))


# -- the board --


def test_no_chip():
    ctl("lift", "blackpill")
    sees("board-not-found", info(), "finds no chip", "SWDIO, SWCLK and GND", r"no id code.*; the supply is 3\d\d\d mV")
    ctl("seat", "blackpill")
    passes(*info())


def test_no_voltage():
    ctl("power", "blackpill", "off")
    sees("board-no-voltage", info(), "no supply voltage", "Power the board", "at least 1700 mV expected, measured 0 mV")
    ctl("power", "blackpill", "on")
    passes(*info())


LAYOUT = """\
name: this product
chip: STM32F411xE
supply: 3.3V
partitions:
  - {name: application, base: 0x08000000, size: 16K}
  - {name: settings, base: 0x08004000, size: 8K}
  - {name: keys, base: 0x08006000, size: 8K}
"""


def layout(name, text=LAYOUT):
    return write_file(name, text.encode())


def test_a_voltage_that_cannot_be():
    product = ("flash", layout("product.yaml"), f"application={SMALL}", "--adapter", f"usb:{BOARD}")
    with set_to("sense", "5000", "board"):
        sees("board-voltage", flash_small(), "cannot be true", "`supply: 3.3V` into the layout",
             r"1700 to 4000 mV expected for STM32F411xE, measured (4999|5000) mV")
        assert "the supply declared, 3300 mV, is gone by" in warnings(passes(*product))
    with set_to("sense", "1500", "board"):
        sees("board-voltage", flash_small(), "cannot be true", "sense wire", "1700 to 4000 mV expected.* (1499|1500) mV")
        assert "the supply declared, 3300 mV, is gone by" in warnings(passes(*product))
    with set_to("sense", "1", "board", V3):
        assert "sense wire were open" in warnings(passes(*flash_small(V3)))
    with set_to("sense", "none", "board"):
        assert "neither measured nor declared" in warnings(passes(*flash_small()))
        assert not passes(*flash_small(), "--supply", "3.3V").all("warning")
    assert not passes(*flash_small()).all("warning")


# -- the chip --


def test_the_wrong_chip():
    other = layout("other.yaml", LAYOUT.replace("STM32F411xE", "STM32F407xG"))
    right = layout("right.yaml")
    before = flash("blackpill")
    sees("chip-wrong", ("flash", other, f"application={SMALL}", "--adapter", f"usb:{BOARD}"), "another chip",
         "a layout for the chip that was found",
         rf"STM32F407xG \(.*\) expected, found STM32F411xE \(.*\); for what was found there is .*{right}")
    assert flash("blackpill") == before
    passes(*flash_small())


def protect(level, sectors):
    ctl("protect", "blackpill", level, sectors)
    ctl("power", "blackpill", "off")
    ctl("power", "blackpill", "on")


def test_read_protection():
    before = flash("blackpill")
    protect(1, 0)
    sees("chip-locked", flash_small(), "read-protected", "`inlay unlock`", "level 0 expected, found level 1")
    protect(2, 0)  # the debug port is dead: all that can be said is that nothing answers, and why that may be
    sees("board-not-found", flash_small(), "finds no chip", "read protection level 2", "no id code")
    protect(0, 0)
    assert flash("blackpill") == before
    protect(1, 0)
    passes("unlock", "--yes", "--adapter", f"usb:{BOARD}")  # the remedy
    passes(*flash_small())


def test_write_protection():
    product = ("flash", layout("product.yaml"), f"settings={SMALL}", "--adapter", f"usb:{BOARD}")
    protect(0, 0b10)
    sees("sector-protected", product, "write-protected", "`inlay unlock --write`", r"1 at 0x08004000 \(settings, keys\)")
    passes("unlock", "--write", "--yes", "--adapter", f"usb:{BOARD}")  # the remedy
    passes(*product)


def test_copies():
    for port, board, maker in (
        (GD, "gd", "GigaDevice GD32F103"),
        (CS, "cs", "CKS CS32F103 or Geehy APM32F103"),
        (APM, "apm", "CKS CS32F103 or Geehy APM32F103"),
    ):
        before = flash(board)
        assert passes(*info(port)).one("board")["clone"] == maker
        sees("chip-clone", flash_small(port), "copy by another maker", "--accept-clone",
             f"STM32F103x[8B] by STMicroelectronics expected, found {maker}")
        erase = ("erase", f"{AT}:1K", "--adapter", f"usb:{port}")
        fails("chip-clone", *erase)
        assert flash(board) == before, "refused is untouched"
        run = passes(*flash_small(port, "--accept-clone"))
        assert run.one("start")["accept_clone"], "the events say that it was accepted"
        assert run.one("board")["clone"] == maker and maker in warnings(run), "and what was gone on with"
        assert flash(board)[:256] == SMALL.read_bytes()
    assert "clone" not in passes(*info()).one("board"), "the genuine one is not suspected"


# -- remedies --


def test_commands_in_remedies_exist():
    page = subprocess.run(["inlay", "errors"], capture_output=True, text=True, timeout=60, check=True).stdout
    commands = set(re.findall(r"`inlay ((?:[a-z]+ ?)+)", page))
    assert len(commands) > 5, commands
    for command in sorted(commands):
        done = subprocess.run(["inlay", *command.split(), "--help"], capture_output=True, timeout=60, cwd=DESK, check=False)
        assert done.returncode == 0, f"inlay {command}: {done.stderr}"


main(globals())
