# SPDX-License-Identifier: GPL-2.0-or-later
"""Serial ports as libserialport and Linux show them: their names, who has one, what opening does to the board, unplugging, and
what `inlay monitor` prints."""
import contextlib
import fcntl
import json
import os
import queue
import re
import signal
import struct
import subprocess
import threading

from station import BUILD, EXIT, ctl, fails, main, passes

SERIAL = "066DFF485550755187154321"
ACM, FTDI, CP = "tty:/dev/ttyACM0", "tty:/dev/ttyUSB0", "tty:/dev/ttyUSB1"
BY_ID = "tty:/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"
BY_PATH = "tty:/dev/serial/by-path/pci-0000:00:14.0-usb-0:6:1.0-port0"
PRINTED = r"Inlay application 1 .*: 96 MHz from the 25 MHz crystal"
TIOCGSERIAL, ASYNC_LOW_LATENCY = 0x541E, 1 << 13
WAIT = 30  # seconds, for what takes well under one


class Monitor:
    """inlay monitor: its lines as they come, and how it ended."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            ["inlay", "monitor", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines = queue.Queue()
        self.seen = []
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def wait_for(self, pattern):
        with contextlib.suppress(queue.Empty):
            while (line := self.lines.get(timeout=WAIT)) is not None:
                self.seen.append(line)
                if re.search(pattern, line):
                    return line
        raise AssertionError(f"{pattern} expected, got {self.seen}")

    def end(self, how=signal.SIGINT):
        """Ends it and returns its exit code; what it still printed is in `seen`."""
        if how is not None:
            self.process.send_signal(how)
        code = self.process.wait(timeout=WAIT)
        self.reader.join()
        while (line := self.lines.get()) is not None:
            self.seen.append(line)
        return code


@contextlib.contextmanager
def monitoring(*arguments):
    """A monitor that has opened its ports: it shows what the board prints after a power cycle."""
    monitor = Monitor(*arguments)
    try:
        wait_until_open(monitor, arguments)
        yield monitor
    finally:
        if monitor.process.poll() is None:
            monitor.process.kill()
            monitor.process.wait()
        monitor.reader.join()


def wait_until_open(monitor, arguments):
    """A port is open once `inlay list` names the monitor as who has it."""
    asked = [a for a in arguments if a.startswith("tty:/dev/tty")] or [FTDI]
    while any(list_adapters()[port].get("trouble", {}).get("id") != "adapter-busy" for port in asked):
        assert monitor.process.poll() is None, "the monitor ended"


def list_adapters():
    """What `inlay list --json` says, by address, in its order."""
    done = subprocess.run(["inlay", "list", "--json"], capture_output=True, text=True, timeout=60, check=True)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return {event["adapter"]: event for event in events if event["event"] == "adapter"}


def restart():
    ctl("power", "blackpill", "off")
    ctl("power", "blackpill", "on")


def count_resets():
    return json.loads(ctl("counters"))["boards"][0]["resets"]


def test_ports_are_listed_behind_probes():
    adapters = list_adapters()
    assert list(adapters) == ["usb:1-4", ACM, FTDI, CP], list(adapters)
    assert not any("trouble" in adapter for adapter in adapters.values()), adapters
    assert adapters["usb:1-4"]["probe"] == adapters[ACM]["port"] == "ST-LINK/V2-1"
    assert adapters[ACM]["usb"] == "usb:1-4", "it does not say whose port it is"
    assert adapters[FTDI]["port"] == "FTDI FT232R USB UART" and adapters[FTDI]["serial"] == "A50285BI"
    assert adapters[FTDI]["names"] == [BY_ID, BY_PATH]
    assert "serial" not in adapters[CP]
    text = subprocess.run(["inlay", "list"], capture_output=True, text=True, check=True).stdout.splitlines()
    assert text[1] == f"{ACM} ST-LINK/V2-1, the port of usb:1-4  serial:{SERIAL}", text


def test_listing_opens_no_port():
    before = count_resets()
    list_adapters()
    assert count_resets() == before, "DTR, which resets the board, was touched"


def test_a_name_of_both_means_the_probe():
    for name in ("usb:1-4", "serial:066D"):
        assert passes("info", "--adapter", name).one("board")["probe"].startswith("ST-LINK/V2-1"), name


def test_no_name_means_the_probe_and_no_such_port_is_said():
    assert passes("info").one("board")["adapter"] == "usb:1-4"
    run = fails("adapter-not-found", "info", "--adapter", "tty:/dev/ttyUSB7")
    assert FTDI in run.result["detail"], run.result
    fails("adapter-ambiguous", "monitor")
    fails("usage", "info", "--adapter", "ttyUSB0")
    fails("usage", "info", "--adapter", CP, "--trace", "trace")


def test_every_name_of_a_port_opens_it():
    for name in (FTDI, BY_ID, BY_PATH, "serial:A502", "usb:1-6", "tty:ttyUSB0"):
        with monitoring("--adapter", name) as monitor:
            assert monitor.end() == 0, monitor.seen
            assert monitor.seen[-1].startswith(f"{FTDI}: "), monitor.seen


def test_what_the_board_prints():
    with monitoring("--adapter", ACM) as monitor:
        restart()
        line = monitor.wait_for(PRINTED)
        assert re.match(r" +\d+\.\d{3}  Inlay", line), line
        assert monitor.end() == 0
        assert re.match(rf"{ACM}: \d+ bytes, \d+ lines in \d+\.\d s$", monitor.seen[-1]), monitor.seen


def test_two_ports_say_whose_line_it_is():
    with monitoring("--adapter", ACM, "--adapter", FTDI, "--json") as monitor:
        restart()
        for port in (ACM, FTDI):
            event = json.loads(monitor.wait_for(f'"port":"{port}".*{PRINTED}'))
            assert event["event"] == "line" and event["time"] >= 0 and event["text"].startswith("Inlay"), event
        assert monitor.end(signal.SIGTERM) == 0
        assert json.loads(monitor.seen[-1])["event"] == "result", monitor.seen[-1]
        assert {e["port"] for e in map(json.loads, monitor.seen) if e["event"] == "monitored"} == {ACM, FTDI}


def test_a_port_is_for_one_program():
    with monitoring("--adapter", FTDI) as monitor:
        for command in ("monitor", "info"):
            run = fails("adapter-busy", command, "--adapter", FTDI)
            assert f"(process {monitor.process.pid})" in run.result["detail"], run.result
        assert monitor.end() == 0
    assert "trouble" not in list_adapters()[FTDI]


def test_opening_resets_no_board_but_one_whose_reset_is_wired():
    before = count_resets()
    with monitoring("--adapter", ACM) as monitor:
        monitor.end()
    assert count_resets() == before
    # Linux itself asserts DTR while a port is opened; there is one reset, and none when it is closed.
    with monitoring("--adapter", FTDI) as monitor:
        assert count_resets() == before + 1
        monitor.wait_for(PRINTED)  # the board runs, and nothing of what it prints is lost
        monitor.end()
    assert count_resets() == before + 1


def test_latency_is_low():
    with monitoring("--adapter", FTDI) as monitor:
        monitor.end()
    fd = os.open("/dev/ttyUSB0", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:  # struct serial_struct: type, line, port, irq, flags
        settings = fcntl.ioctl(fd, TIOCGSERIAL, bytes(72))
    finally:
        os.close(fd)
    assert struct.unpack_from("iiIii", settings)[4] & ASYNC_LOW_LATENCY


def test_an_unplugged_port_ends_it():
    with monitoring("--adapter", ACM, "--adapter", FTDI) as monitor:
        ctl("unplug", "ttyUSB0")
        try:
            monitor.wait_for(f"-- {FTDI}  unplugged")
            restart()
            monitor.wait_for(f"{ACM}  {PRINTED}")  # the other goes on
            assert monitor.end() == EXIT["adapter-lost"], monitor.seen
        finally:
            ctl("plug", "ttyUSB0")


def test_an_unplugged_port_is_waited_for():
    with monitoring("--adapter", FTDI, "--reconnect") as monitor:
        ctl("unplug", "ttyUSB0")
        monitor.wait_for(f"-- {FTDI}  unplugged; it is waited for")
        ctl("plug", "ttyUSB0")
        monitor.wait_for(f"-- {FTDI}  here again")
        restart()
        monitor.wait_for(PRINTED)
        assert monitor.end() == 0, monitor.seen


for image, offset in (("selector", 0), ("application1", 0x4000), ("application2", 0x24000)):
    ctl("load", "blackpill", BUILD / "firmware" / f"{image}.bin", offset)
main(globals())
