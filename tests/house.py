# SPDX-License-Identifier: GPL-2.0-or-later
"""Keeps the house in order: dependencies point one way, each file has its licence, docs match the code."""
import re
import subprocess
import sys

# folder -> what it may include of ours
MAY_INCLUDE = {
    "src/core": {"core", "firmware/proto"},
    "src/transports": {"core", "transports", "firmware/proto"},
    "src/records": {"core", "records"},
    "src/cli": {"core", "transports", "records", "cli"},
    "src/gui": {"core", "transports", "records", "gui"},
    # The in-process front implements the product's link, and setups are YAML; the bench sees nothing else of
    # the product.
    "src/bench": {"bench", "transports/link.h", "transports/serial.h", "core/error.h", "core/yaml.h", "firmware/proto"},
    "firmware": {"firmware"},
}
# library header -> the only files that may include it
CONFINED = {
    "stlink.h": {"src/transports/libstlink-adapter.c"},
    "libusb.h": {"src/transports/usb-", "tests/peers/"},
    # LGPL-3: never in one program with Unicorn (GPL-2)
    "libserialport.h": {"src/transports/serial-port", "tests/peers/"},
    "unicorn": {"src/bench"},
    "umockdev": {"src/bench"},
}
OURS = re.compile(r"^(core|transports|records|cli|gui|bench|firmware)/")

problems = []
files = subprocess.run(["git", "ls-files"], check=True, capture_output=True, text=True).stdout.split("\n")[:-1]

for path in files:
    if path.startswith(("LICENSES/", "tests/fuzz/corpus/", "tests/vectors/")) or path.endswith((".txt", ".bin")):
        continue
    text = open(path, encoding="utf-8").read()
    if "SPDX-License-Identifier" not in text.split("\n\n")[0] and not path.endswith(".json"):
        problems.append(f"{path}: no SPDX-License-Identifier in its first paragraph")
    wanted = "MIT-0" if path.startswith(("firmware/", "layouts/")) else "GPL-2.0-or-later"
    if path.endswith((".c", ".h")) and f"SPDX-License-Identifier: {wanted}" not in text[:200]:
        if not path.startswith("src/transports/loader-"):
            problems.append(f"{path}: its licence must be {wanted}")
    if not path.endswith((".c", ".h")):
        continue
    folder = next((f for f in MAY_INCLUDE if path.startswith(f + "/")), None)
    for line, include in enumerate(text.split("\n"), 1):
        found = re.match(r'\s*#include [<"]([^>"]+)[>"]', include)
        if not found:
            continue
        name = found.group(1)
        for header, only in CONFINED.items():
            if "<" in include and (name.endswith("/" + header) or name == header or name.startswith(header + "/") or name == header + ".h") and not any(
                path.startswith(place) for place in only
            ):
                problems.append(f"{path}:{line}: {name} may be included by {', '.join(sorted(only))} only")
        if folder and OURS.match(name) and not any(name.startswith(allowed) for allowed in MAY_INCLUDE[folder]):
            problems.append(f"{path}:{line}: {folder} must not know {name}")

translated = {
    path
    for path in files
    if path.startswith(("src/core/", "src/cli/", "src/gui/"))
    and path.endswith((".c", ".h"))
    and re.search(r'\bN?_\("', open(path, encoding="utf-8").read())
}
listed = {line for line in open("po/POTFILES", encoding="utf-8").read().split("\n") if line and line[0] != "#"}
for path in sorted(translated ^ listed):
    problems.append(f"po/POTFILES: {path} {'is missing' if path in translated else 'has nothing to translate'}")

for problem in problems:
    print(problem)
print(f"house: {len(files)} files, {len(problems)} problems")
sys.exit(bool(problems))
