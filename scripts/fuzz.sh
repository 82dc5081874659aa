#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh SECONDS FUZZER...: runs each for so long. What was found useful is kept in
# build/fuzz/found and used again; what breaks a fuzzer is left in build/fuzz/broken.
set -eu

seconds=$1
shift
failed=0
for fuzzer in "$@"; do
	name=${fuzzer##*/fuzz_}
	found=build/fuzz/found/$name
	broken=build/fuzz/broken/$name
	corpus=tests/fuzz/corpus/$name
	mkdir -p "$found" "$broken"
	[ -d "$corpus" ] || corpus=$found
	if "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=8192 \
		-artifact_prefix="$broken/" "$found" "$corpus" >"build/fuzz/$name.log" 2>&1; then
		echo "fuzz: $name: ok: $(tail -n 1 "build/fuzz/$name.log")"
	else
		tail -n 40 "build/fuzz/$name.log" >&2
		echo "fuzz: $name: FAILED: see build/fuzz/$name.log and $broken" >&2
		failed=1
	fi
done
exit $failed
