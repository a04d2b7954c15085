"""The table that `Ratios` prints, for the scripts that set a rival beside it."""

import re
import sys

UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}


def read_if_asked():
    """With `-` as the only argument: passes standard input through and returns our seconds by the name of
    the row, the first of each name. Else nothing."""
    ours = {}
    if sys.argv[1:] == ["-"]:
        for line in sys.stdin:
            print(line, end="", flush=True)
            found = re.match(r"(.{32}).*?\s([\d.]+) (ns|us|ms|s)\s", line)
            if found:
                ours.setdefault(found[1].strip(), float(found[2]) * UNITS[found[3]])
    return ours
