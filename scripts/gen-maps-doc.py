#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/maps.md to standard output, from what the headers say.

include/leat/*.h give types, fields and comments; include/leat/sizes.h sizes, writers and readers;
maps/maps.h which types a table's keys and values have. Offsets are asked from the compiler, so
that the page cannot disagree with what the programs use. A table or type without its facts is
an error. tests/golden/test_maps_doc.py fails when docs/maps.md is stale.
"""
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INCLUDE = os.path.join(TOP, "include")
COMMENT = re.compile(r"/\*(.*?)\*/", re.S)


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read()


def plain(comment):
    """A comment's words on one line."""
    lines = [re.sub(r"^\s*\*?\s?", "", line).rstrip() for line in comment.splitlines()]
    return " ".join(" ".join(lines).split())


def about(source):
    """The comment a header starts with, below its license."""
    return plain(COMMENT.search(source, source.index("#pragma once")).group(1))


class Headers:
    def __init__(self):
        self.sources = {name: read("include", "leat", name)
                        for name in sorted(os.listdir(os.path.join(INCLUDE, "leat")))}
        self.everything = "\n".join(self.sources.values())

    def defines(self, prefix):
        """NAME -> (value, comment) of #defines."""
        pattern = re.compile(rf"^#define {prefix}(\w+)[ \t]+(\S+)(?:[ \t]*/\*(.*?)\*/)?", re.M | re.S)
        return {name: (value, plain(comment or ""))
                for name, value, comment in pattern.findall(self.everything)}

    def header_of(self, text):
        return next(name for name, source in self.sources.items() if text in source)

    def struct(self, name):
        """[(type, field, dimension, comment)]; a comment may go on in lines without a field."""
        match = re.search(rf"^struct {name} {{(.*?)^}}", self.everything, re.M | re.S)
        if not match:
            sys.exit(f"gen-maps-doc: no struct {name} in include/leat")
        body = re.sub(r"^[^\n;]*$", lambda m: "" if m.group(0).lstrip().startswith("/*") else
                      m.group(0), match.group(1), flags=re.M)
        pattern = re.compile(r"^\s*((?:struct )?\w+) (\w+)(\[\w+\])?;[ \t]*(?:/\*(.*?)\*/)?",
                             re.M | re.S)
        fields = [(kind, field, size or "", plain(comment or ""))
                  for kind, field, size, comment in pattern.findall(body)]
        if not fields:
            sys.exit(f"gen-maps-doc: struct {name} has no fields")
        return fields


def tables():
    """[(ID, key type, value type)] in the order of LEAT_TABLES."""
    source = read("maps", "maps.h").replace("\\\n", " ")
    rows = re.findall(r"X\((\w+),\s*LEAT_MAP_\w+,\s*(struct \w+|__u32|struct \{.*?\}),"
                      r"\s*(struct \w+|__u32)\)", source)
    if not rows:
        sys.exit("gen-maps-doc: maps/maps.h has no LEAT_TABLES")
    return rows


def offsets(headers, structs):
    """(struct, field) -> (offset, size) and struct -> size, from the compiler."""
    lines = ["#include <stddef.h>", "#include <stdio.h>"]
    lines += [f"#include <leat/{name}>" for name in headers.sources]
    lines += ["int main(void)", "{"]
    for name in structs:
        lines.append(f'printf("{name} - 0 %zu\\n", sizeof(struct {name}));')
        for _, field, _, _ in headers.struct(name):
            lines.append(f'printf("{name} {field} %zu %zu\\n", offsetof(struct {name}, {field}), '
                         f'sizeof(((struct {name} *)0)->{field}));')
    lines += ["return 0;", "}"]
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "offsets")
        subprocess.run(["gcc", "-I", INCLUDE, "-x", "c", "-o", program, "-"], check=True,
                       input="\n".join(lines), text=True)
        output = subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout
    found = {}
    for line in output.splitlines():
        name, field, offset, size = line.split()
        found[name, field] = int(offset), int(size)
    return found


def layout(headers, found, kind, what):
    if not kind.startswith("struct "):
        return [f"{what}: `{kind}`", ""]
    name = kind.split()[1]
    lines = [f"{what}: `{kind}`, {found[name, '-'][1]} bytes", "",
             "| offset | bytes | field | meaning |", "| ---: | ---: | --- | --- |"]
    for field_kind, field, dimension, comment in headers.struct(name):
        offset, size = found[name, field]
        meaning = comment or ("must be 0" if field == "zero" else "")
        lines.append(f"| {offset} | {size} | `{field_kind} {field}{dimension}` | "
                     f"{meaning.replace('|', chr(92) + '|')} |")
    return lines + [""]


def size_of(sizes, name):
    value = sizes[name][0]
    while not value.isdigit():
        value = sizes[value.removeprefix("LEAT_SIZE_")][0]
    return int(value)


def enums(headers):
    lines = []
    pattern = re.compile(r"^enum (\w+) {\n(.*?)^}", re.M | re.S)
    member = re.compile(r"^\s*(LEAT_\w+) = ([^,\n]+),?[ \t]*(?:/\*(.*?)\*/)?", re.M | re.S)
    for name, body in pattern.findall("\n".join(source for file, source in headers.sources.items()
                                                if file not in ("api.h", "drops.h"))):
        lines += [f"### enum {name}", "", "| name | value | meaning |", "| --- | --- | --- |"]
        lines += [f"| `{what}` | {value.strip()} | {plain(comment)} |"
                  for what, value, comment in member.findall(body)]
        lines.append("")
    return lines


def drops(headers):
    source = headers.sources["drops.h"].replace("\\\n", " ")
    rows = re.findall(r'X\((\d+), (\w+), "([^"]+)", "([^"]+)"\)', source)
    return ["| number | label | meaning |", "| ---: | --- | --- |"] + \
        [f"| {number} | `{label}` | {text} |" for number, _, label, text in rows] + [""]


INTRODUCTION = """\
<!-- Generated by scripts/gen-maps-doc.py from include/leat: `make docs` writes it anew. -->
# Maps

Everything that the programs know is in the tables below, pinned as `BPFFS/maps/NAME` (`--bpffs`,
default `/sys/fs/bpf/leat`). All have BTF types, so `bpftool map dump pinned BPFFS/maps/NAME`
prints field names.

**Layout version.** A name ends in the version of its layout, and is at most 15 characters, which
is what the kernel keeps. A change of key, value, meaning of a field or map type takes the next
version: programs and agent of the new version make the new table, and those of the old one go on
with theirs. A loader that finds a table under a name it knows, but of another shape, refuses it
and names both shapes; another size alone is used as it is, with a warning. No table is ever
emptied and filled again: a restarted agent reads, compares and writes what differs.

**Numbers.** Values are in host byte order except where the type says `__be`. Addresses are
`struct leat_addr`: 16 bytes, IPv4 as `::ffff:a.b.c.d`. A slot is an index of an array, 0 means
none. A tick is CLOCK_MONOTONIC in nanoseconds >> 30, about 1.07 s. Rule, set, identity and Service
numbers derive from their content; the agent's `state.json` has their names.

## At a glance
"""


def main():
    headers = Headers()
    names, sizes = headers.defines("LEAT_MAP_"), headers.defines("LEAT_SIZE_")
    rows = tables()
    missing = set(names) ^ {row[0] for row in rows} | {row[0] for row in rows} - set(sizes)
    if missing:
        sys.exit(f"gen-maps-doc: tables without all facts: {sorted(missing)}")
    kinds = [kind for row in rows for kind in row[1:] if re.fullmatch(r"struct \w+", kind)]
    structs = list(dict.fromkeys(kind.split()[1] for kind in kinds))
    structs += [name for name in ("leat_config", "leat_addr") if name not in structs]
    found = offsets(headers, structs)
    lines = [INTRODUCTION, "| table | map type | entries | use |", "| --- | --- | ---: | --- |"]
    for ident, _, _ in rows:
        name = names[ident][0].strip('"')
        map_type = re.search(r"BPF_MAP_TYPE_(\w+)", names[ident][1])
        if not map_type or not sizes[ident][1]:
            sys.exit(f"gen-maps-doc: {name}: map type or use is not in its header")
        unit = " bytes" if map_type.group(1) == "RINGBUF" else ""
        lines.append(f"| [{name}](#{name}) | {map_type.group(1)} | {size_of(sizes, ident)}{unit} | "
                     f"{sizes[ident][1]} |")
    lines += ["", "Entries are defaults: see the sizes among the options of leat-agent(8).", ""]
    seen = set()
    for ident, key, value in rows:
        name = names[ident][0].strip('"')
        header = headers.header_of(f'"{name}"')
        lines += [f"## {name}", "", f"`include/leat/{header}`. {names[ident][1]}", ""]
        if header not in seen:
            lines += [about(headers.sources[header]), ""]
        seen.add(header)
        if ident == "EVENT":
            lines += layout(headers, found, value, "Record")
            continue
        lines += layout(headers, found, key, "Key") + layout(headers, found, value, "Value")
    lines += ["## Configuration", "", about(headers.sources["config.h"]), ""]
    lines += layout(headers, found, "struct leat_config", "`.rodata`")
    lines += ["## Drop reasons", "", about(headers.sources["drops.h"]), ""] + drops(headers)
    lines += ["## Numbers in fields", ""] + enums(headers)
    print("\n".join(lines).rstrip())


if __name__ == "__main__":
    main()
