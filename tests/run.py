#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the test programs, reads their TAP, sums up. Last line: "N passed, N failed, N skipped".

  run.py [--only unit,golden,bpf,netns] [--match TEXT] [-v]

A program counts as failed when a test of it fails, when it ends with an error, when it tells no
test at all, or when it takes too long. A skip counts as failed unless tests/skips lists it.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TESTS = os.path.join(TOP, "tests")
LINE = re.compile(r"^(not )?ok\b(?:\s+\d+)?\s*(?:-\s*)?(.*)$")
SKIP = re.compile(r"#\s*SKIP\b\s*(.*)$", re.IGNORECASE)
SECONDS = 900


def programs(kinds):
    for kind in kinds:
        built = os.path.join(TOP, "build", "tests", kind)
        if kind != "netns":
            for name in sorted(os.listdir(built) if os.path.isdir(built) else []):
                if name.startswith("test_") and "." not in name:
                    yield kind, name, [os.path.join(built, name)]
        folder = os.path.join(TESTS, kind)
        for name in sorted(os.listdir(folder) if os.path.isdir(folder) else []):
            if name.startswith("test_") and name.endswith(".py"):
                yield kind, name, [sys.executable, os.path.join(folder, name)]


def known_skips():
    with open(os.path.join(TESTS, "skips"), encoding="utf-8") as file:
        return {line.split("#")[0].strip() for line in file} - {""}


def run(command):
    env = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP",
               ASAN_OPTIONS="detect_leaks=1:abort_on_error=0:" + os.environ.get("ASAN_OPTIONS", ""),
               UBSAN_OPTIONS="print_stacktrace=1")
    # The namespace tests run the sanitized programs.
    env.setdefault("LEAT_BIN", os.path.join(TOP, "build", "san"))
    process = subprocess.Popen(command, cwd=TOP, env=env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               errors="replace", start_new_session=True)
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            output, _ = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
        return output, f"took longer than {SECONDS} s"
    return output, f"ended with {process.returncode}" if process.returncode else ""


def judge(program, output, ending, skips):
    """-> passed, list of failures, list of skips"""
    passed, failed, skipped = 0, [], []
    for line in output.splitlines():
        match = LINE.match(line)
        if not match:
            continue
        name = match.group(2).strip()
        skip = SKIP.search(name)
        if match.group(1):
            failed.append(name)
        elif skip:
            name = name[:skip.start()].strip()
            if f"{program}: {name}" in skips:
                skipped.append(f"{name} ({skip.group(1)})")
            else:
                failed.append(f"{name}: skipped but not listed in tests/skips: {skip.group(1)}")
        else:
            passed += 1
    if not failed and ending:
        failed.append(ending)
    elif not passed and not failed and not skipped:
        failed.append("told no test")
    return passed, failed, skipped


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="unit,golden,bpf,netns")
    parser.add_argument("--match", default="", help="only programs whose name contains this")
    parser.add_argument("-v", action="store_true", help="all output, also of what passes")
    args = parser.parse_args()
    kinds = args.only.split(",")
    if os.geteuid() != 0 and {"bpf", "netns"} & set(kinds):
        sys.exit("run.py: BPF and namespace tests need root; or --only unit,golden")
    skips = known_skips()
    total, all_failed, all_skipped = 0, [], []
    for kind, name, command in programs(kinds):
        if args.match not in f"{kind}/{name}":
            continue
        program = f"{kind}/{name}"
        started = time.monotonic()
        output, ending = run(command)
        passed, failed, skipped = judge(program, output, ending, skips)
        total += passed
        all_failed += [f"{program}: {one}" for one in failed]
        all_skipped += [f"{program}: {one}" for one in skipped]
        print(f"{program:44} {passed:5} passed {len(failed):3} failed {len(skipped):3} skipped"
              f" {time.monotonic() - started:7.1f} s", flush=True)
        if failed or args.v:
            print("\n".join("    " + line for line in output.splitlines()[-400:]), flush=True)
    for line in all_skipped:
        print(f"skipped: {line}")
    for line in all_failed:
        print(f"FAILED: {line}")
    print(f"{total} passed, {len(all_failed)} failed, {len(all_skipped)} skipped")
    sys.exit(1 if all_failed or not total else 0)


if __name__ == "__main__":
    main()
