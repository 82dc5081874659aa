#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/maps.md is what scripts/gen-maps-doc.py makes of today's headers, and names every table."""
import difflib
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def main():
    made = subprocess.run([sys.executable, os.path.join(TOP, "scripts", "gen-maps-doc.py")],
                          stdout=subprocess.PIPE, text=True, check=False)
    with open(os.path.join(TOP, "docs", "maps.md"), encoding="utf-8") as file:
        kept = file.read()
    difference = list(difflib.unified_diff(kept.splitlines(), made.stdout.splitlines(),
                                           "docs/maps.md", "generated", lineterm=""))
    is_fresh = made.returncode == 0 and not difference
    with open(os.path.join(TOP, "maps", "maps.h"), encoding="utf-8") as file:
        tables = re.findall(r"X\(\w+, +LEAT_MAP_(\w+)", file.read())
    missing = [table for table in tables if f"## leat_{table.lower()}_v" not in made.stdout]
    print("1..2")
    print(f"{'ok' if is_fresh else 'not ok'} 1 - docs/maps.md is fresh (`make docs` renews it)")
    print("\n".join("# " + line for line in difference[:40]))
    print(f"{'ok' if tables and not missing else 'not ok'} 2 - every table is in it {missing or ''}")
    return 0 if is_fresh and tables and not missing else 1


if __name__ == "__main__":
    sys.exit(main())
