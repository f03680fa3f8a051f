# SPDX-License-Identifier: GPL-2.0-or-later
"""Tab in a real bash: what stands on its line afterwards."""
import os
import pty
import re
import select
import shutil
import subprocess

from station import DESK, LAYOUT, main, write_file

# A key that shows the line, as bash has it, between marks that no completion contains.
START = r"""PS1=; cd "$DESK"; eval "$(inlay completion bash)"; bind 'set bell-style none'
bind -x '"\C-x": printf "\n<%s>\n" "$READLINE_LINE"'; echo READY
"""


class Bash:
    def __init__(self):
        self.screen, terminal = pty.openpty()
        self.process = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-i"],
            stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
            env={**os.environ, "DESK": str(DESK), "TERM": "dumb", "LC_ALL": "C.UTF-8", "HISTFILE": ""},
        )
        os.close(terminal)
        os.write(self.screen, START.encode())
        self.read_until(r"\nREADY")

    def read_until(self, pattern):
        shown = ""
        while not (found := re.search(pattern, shown.replace("\r", ""))):
            ready, _, _ = select.select([self.screen], [], [], 30)
            assert ready, f"bash shows {shown!r}"
            shown += os.read(self.screen, 4096).decode(errors="replace")
        return found

    def tab(self, line):
        """The line after a tab at its end."""
        os.write(self.screen, f"{line}\t\x18".encode())
        after = self.read_until(r"\n<(.*)>\n").group(1)
        os.write(self.screen, b"\x15")  # an empty line again
        return after

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.screen)


def complete(cases):
    shutil.copy(LAYOUT, DESK / "product.yaml")
    write_file("boot.elf", b"")
    write_file("job.yml", b"")
    (DESK / "images").mkdir(exist_ok=True)
    bash = Bash()
    try:
        for line, wanted in cases.items():
            found = bash.tab(line)
            assert found == wanted, f"{line!r}: {wanted!r} expected, got {found!r}"
    finally:
        bash.close()


def test_commands_and_verbs():
    complete({
        "inlay fl": "inlay flash ",
        "inlay --bat": "inlay --batch ",
        "inlay layout ch": "inlay layout check ",
        "inlay completion z": "inlay completion zsh ",
        "inlay worke": "inlay worke",  # not for people
    })


def test_options_and_their_values():
    complete({
        "inlay flash --conn": "inlay flash --connect ",
        "inlay flash --connect und": "inlay flash --connect under-reset ",
        "inlay flash --connect=ra": "inlay flash --connect=race ",
        "inlay size --chip STM32F429xI": "inlay size --chip STM32F429xI ",
        "inlay option set wd": "inlay option set wdg_sw=",
        "inlay info --dry": "inlay info --dry",  # it has none
        "inlay read --trace im": "inlay read --trace images/",
        "inlay read --all -o boo": "inlay read --all -o boot.elf ",
    })


def test_layouts_partitions_and_images():
    complete({
        "inlay layout check pro": "inlay layout check product.yaml ",
        "inlay layout check bo": "inlay layout check bo",  # no layout
        "inlay --batch jo": "inlay --batch job.yml ",
        "inlay flash boo": "inlay flash boot.elf ",
        "inlay flash product.yaml sel": "inlay flash product.yaml selector=",
        "inlay flash product.yaml selector=boo": "inlay flash product.yaml selector=boot.elf ",
        "inlay flash product.yaml selector=ke": "inlay flash product.yaml selector=keep ",
        "inlay flash product.yaml application1=boot.elf appl": "inlay flash product.yaml application1=boot.elf application2=",
        "inlay erase --json product.yaml sel": "inlay erase --json product.yaml selector ",
    })


def test_adapters_that_are_connected():
    complete({
        "inlay info -a ": "inlay info -a usb:1-4 ",
        "inlay info --adapter usb:1": "inlay info --adapter usb:1-4 ",
        "inlay info --adapter=usb:": "inlay info --adapter=usb:1-4 ",
        "inlay info -a ser": "inlay info -a serial:066DFF485550755187154321 ",
    })


main(globals())
