# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the unittest cases of a script and reports them as TAP, so that each is counted: tap.main()."""
import sys
import unittest


class _Result(unittest.TestResult):
    def _line(self, test, state, detail=""):
        print(f"{state} {self.testsRun} - {test._testMethodName}{detail}", flush=True)

    def addSuccess(self, test):
        self._line(test, "ok")

    def addError(self, test, err):
        super().addError(test, err)
        self._line(test, "not ok")
        print(self.errors[-1][1], file=sys.stderr)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._line(test, "not ok")
        print(self.failures[-1][1], file=sys.stderr)

    def addSkip(self, test, reason):
        self._line(test, "ok", f" # SKIP {reason}")


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    print(f"1..{suite.countTestCases()}")
    result = _Result()
    suite.run(result)
    sys.exit(not result.wasSuccessful())
