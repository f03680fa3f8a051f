#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What programs see of the bench's serial ports: names, lines, rates, time, cables. Started by `inlay-bench run`.

Usage: ports.py INLAY_BENCH LIBSERIALPORT_PROGRAM FIRMWARE_FOLDER
"""
import fcntl
import json
import os
import select
import struct
import subprocess
import sys
import termios
import time
import tty
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap

BENCH, PROGRAM, FIRMWARE = sys.argv[1:4]
del sys.argv[1:]
FTDI, ACM, FOREIGN = "/dev/ttyUSB0", "/dev/ttyACM0", "/dev/ttyUSB1"
BY_ID = "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"
BY_PATH = "/dev/serial/by-path/pci-0000:00:14.0-usb-0:6:1.0-port0"
# linux/serial.h, asm/ioctls.h
TIOCGSERIAL, TIOCSSERIAL, ASYNC_LOW_LATENCY, SERIAL_SIZE, SERIAL_FLAGS = 0x541E, 0x541F, 0x2000, 72, 16
PATIENCE_S = 10


def ctl(*words):
    return subprocess.run([BENCH, "ctl", *words], check=True, capture_output=True, text=True).stdout


def counters(name):
    return next(port for port in json.loads(ctl("counters"))["ports"] if port["tty"] == name)


def board_resets():
    return json.loads(ctl("counters"))["boards"][0]["resets"]


class Port:
    """A port as a careful program opens it: raw, 115200, its lines released."""

    def __init__(self, path, hangs_up=False):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.fd)
        attributes = termios.tcgetattr(self.fd)
        attributes[4] = attributes[5] = termios.B115200
        attributes[2] &= ~termios.HUPCL
        attributes[2] |= termios.HUPCL if hangs_up else 0
        termios.tcsetattr(self.fd, termios.TCSADRAIN, attributes)
        self.lines(off=termios.TIOCM_DTR | termios.TIOCM_RTS)

    def __enter__(self):
        return self

    def __exit__(self, *what):
        os.close(self.fd)

    def number(self, request):
        return struct.unpack("i", fcntl.ioctl(self.fd, request, b"\0\0\0\0"))[0]

    def lines(self, on=0, off=0):
        fcntl.ioctl(self.fd, termios.TIOCMBIC, struct.pack("i", off))
        fcntl.ioctl(self.fd, termios.TIOCMBIS, struct.pack("i", on))

    def pulse(self, line):
        self.lines(on=line)
        self.lines(off=line)

    def low_latency(self, on):
        serial = bytearray(fcntl.ioctl(self.fd, TIOCGSERIAL, bytes(SERIAL_SIZE)))
        struct.pack_into("i", serial, SERIAL_FLAGS, ASYNC_LOW_LATENCY if on else 0)
        fcntl.ioctl(self.fd, TIOCSSERIAL, bytes(serial))
        serial = fcntl.ioctl(self.fd, TIOCGSERIAL, bytes(SERIAL_SIZE))
        return struct.unpack_from("i", serial, SERIAL_FLAGS)[0]

    def read(self, is_all):
        heard = b""
        while not is_all(heard):
            assert select.select([self.fd], [], [], PATIENCE_S)[0], f"nothing more comes after {heard}"
            heard += os.read(self.fd, 4096)
        return heard

    def read_until(self, end):
        return self.read(lambda heard: heard.endswith(end))

    def ask(self, frame, size):
        os.write(self.fd, frame + crc(frame))
        return self.read(lambda heard: len(heard) >= size)


def crc(frame):
    value = 0xFFFFFFFF
    for byte in frame:
        value ^= byte
        for _ in range(32):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
    return struct.pack("<I", value)


class Ports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        ctl("run", "pill", "100ms")
        cls.first_words = ctl("uart", "pill")
        for name, offset in (("application1", "0x4000"), ("application2", "0x24000")):
            ctl("load", "pill", os.path.join(FIRMWARE, name + ".bin"), offset)

    def test_a_board_starts_with_what_its_flash_holds(self):
        self.assertIn("Inlay boot selector", self.first_words)

    def test_a_program_with_libserialport_lists_and_opens_them(self):
        done = subprocess.run([PROGRAM, FTDI], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(
            sorted(done.stdout.splitlines()[:-1]),
            [
                "/dev/ttyACM0: STM32 STLink 0483:374b 066DFF485550755187154321",
                "/dev/ttyUSB0: FT232R USB UART 0403:6001 A50285BI",
                "/dev/ttyUSB1: CP2102 USB to UART Bridge Controller 10c4:ea60 none",
            ])
        self.assertEqual(done.stdout.splitlines()[-1], "opened, 1234567 baud, even parity, drained, closed")

    def test_what_the_board_prints_arrives_on_each_port(self):
        with Port(FTDI) as ftdi, Port(ACM) as acm:
            for port in (ftdi, acm):
                termios.tcflush(port.fd, termios.TCIFLUSH)
            ftdi.pulse(termios.TIOCM_DTR)
            for port in (ftdi, acm):
                heard = port.read_until(b"crystal\r\n")
                self.assertIn(b"Inlay boot selector 1.0.0: starting application1", heard)

    def test_boot0_at_reset_starts_no_firmware(self):
        with Port(FTDI) as port:
            before = board_resets()
            port.lines(on=termios.TIOCM_RTS)
            port.pulse(termios.TIOCM_DTR)
            termios.tcflush(port.fd, termios.TCIFLUSH)
            self.assertEqual(select.select([port.fd], [], [], 0.2)[0], [])
            port.lines(off=termios.TIOCM_RTS)
            port.pulse(termios.TIOCM_DTR)
            port.read_until(b"crystal\r\n")
            self.assertEqual(board_resets() - before, 2)

    def test_opening_raises_the_lines(self):
        for _ in range(2):
            fd = os.open(FTDI, os.O_RDWR | os.O_NOCTTY)
            lines = struct.unpack("i", fcntl.ioctl(fd, termios.TIOCMGET, b"\0\0\0\0"))[0]
            self.assertEqual(lines, termios.TIOCM_RTS | termios.TIOCM_DTR)
            fcntl.ioctl(fd, termios.TIOCMSET, b"\0\0\0\0")
            os.close(fd)

    def test_the_last_close_drops_the_lines_if_hupcl_is_on(self):
        for hangs_up in (True, False):
            with Port(FTDI, hangs_up) as port:
                port.lines(on=termios.TIOCM_DTR)
                ctl("uart", "pill")
            ctl("run", "pill", "500ms")
            self.assertEqual("crystal" in ctl("uart", "pill"), hangs_up)

    def test_a_foreign_bootloader_answers(self):
        with Port(FOREIGN) as port:
            self.assertEqual(port.ask(b"\x05\x51", 4), b"\xa5\x51\x01\x10")
            self.assertEqual(port.ask(b"\x0c\x57\x00\x80\x00\x08\x02\x12\x34", 4), b"\xa5\x57\x01\x00")
            self.assertEqual(port.ask(b"\x0a\x59\x00\x80\x00\x08\x02", 5), b"\xa5\x59\x02\x12\x34")
        self.assertGreaterEqual(counters("ttyUSB1")["to_board"], 30)

    def test_an_erase_of_seconds_is_waited_for_in_the_boards_time(self):
        started = time.monotonic()
        with Port(FOREIGN) as port:
            self.assertEqual(port.ask(b"\x07\x56\x05\x03", 4), b"\xa5\x56\x01\x00") # 6 s
        self.assertLess(time.monotonic() - started, 3)

    def test_noise_on_a_port(self):
        ctl("port", "ttyUSB1", "noise", "drop=1")
        before = counters("ttyUSB1")["dropped"]
        with Port(FOREIGN) as port:
            os.write(port.fd, bytes(10))
            termios.tcdrain(port.fd)
        ctl("port", "ttyUSB1", "noise", "drop=0")
        self.assertEqual(counters("ttyUSB1")["dropped"] - before, 10)

    def test_drain_waits_until_all_has_left(self):
        with Port(FOREIGN) as port:
            os.write(port.fd, b"\xff" * 2000)
            self.assertGreater(port.number(termios.TIOCOUTQ), 0)
            termios.tcdrain(port.fd)
            self.assertEqual(port.number(termios.TIOCOUTQ), 0)

    def test_low_latency_is_the_ftdis(self):
        with Port(FTDI) as ftdi, Port(FOREIGN) as cp210x:
            self.assertEqual(ftdi.low_latency(True), ASYNC_LOW_LATENCY)
            self.assertEqual(cp210x.low_latency(True), 0)
            self.assertEqual(ftdi.low_latency(False), 0)

    def test_names_lead_to_the_port(self):
        for name in (BY_ID, BY_PATH):
            self.assertEqual(os.readlink(name), "../../ttyUSB0")
            with Port(name) as port:
                self.assertEqual(port.number(termios.TIOCMGET), 0)

    def test_a_lock_is_seen_by_others(self):
        with Port(FTDI) as port, Port(BY_ID) as other:
            fcntl.flock(port.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with self.assertRaises(BlockingIOError):
                fcntl.flock(other.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def test_unplugged_while_open(self):
        with Port(FTDI) as port:
            ctl("unplug", "ttyUSB0")
            self.assertEqual(os.read(port.fd, 1), b"")
            for use in (lambda: os.write(port.fd, b"a"), lambda: port.number(termios.TIOCMGET),
                        lambda: termios.tcdrain(port.fd)):
                with self.assertRaises((OSError, termios.error)) as raised:
                    use()
                self.assertEqual(raised.exception.args[0], 5) # EIO
        for path in (FTDI, BY_ID, BY_PATH, "/sys/class/tty/ttyUSB0"):
            self.assertFalse(os.path.lexists(path), path)
        ctl("plug", "ttyUSB0")
        with Port(BY_ID) as port:
            port.read_until(b"crystal\r\n")

    def test_an_st_links_port_goes_with_its_probe(self):
        ctl("unplug", "1-4")
        self.assertFalse(os.path.exists(ACM))
        ctl("plug", "1-4")
        with Port(ACM):
            pass


tap.main()
