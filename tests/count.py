# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints "passed failed skipped" of a Meson test log (testlog.json), subtests of TAP programs counted one by one."""
import json
import re
import sys

passed = failed = skipped = 0
for line in open(sys.argv[1], encoding="utf-8"):
    test = json.loads(line)
    subtests = re.findall(r"^(not )?ok \d+[^\n#]*(# ?SKIP)?", test.get("stdout", ""), re.M | re.I)
    if test["result"] == "SKIP":
        skipped += 1
    elif test["result"] not in ("OK", "EXPECTEDFAIL"):
        failed += max(1, sum(1 for bad, skip in subtests if bad and not skip))
        passed += sum(1 for bad, skip in subtests if not bad and not skip)
    else:
        skipped += sum(1 for bad, skip in subtests if skip)
        passed += sum(1 for bad, skip in subtests if not skip) or 1
print(passed, failed, skipped)
