# SPDX-License-Identifier: GPL-2.0-or-later
"""The first YAML example of docs/layouts.md must be a layout that `inlay layout check` accepts."""
import re
import subprocess
import sys
import tempfile

page, inlay = sys.argv[1:]
example = re.search(r"```yaml\n(.*?)```", open(page, encoding="utf-8").read(), re.DOTALL).group(1)
with tempfile.NamedTemporaryFile("w", suffix=".yaml") as layout:
    layout.write(example)
    layout.flush()
    sys.exit(subprocess.run([inlay, "layout", "check", layout.name], timeout=10, check=False).returncode)
