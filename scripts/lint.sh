#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# All linters; each one's complaints are errors. Run by `make lint`, from the top.
# shellcheck disable=SC2317 # functions are called by name, through step()
set -u

failed=0
step()
{
	name=$1
	shift
	if "$@"; then
		echo "lint: $name: ok"
	else
		echo "lint: $name: FAILED" >&2
		failed=1
	fi
}

sources=$(git ls-files '*.c' '*.h')
user_sources=$(git ls-files 'lib/*.c' 'kube/*.c' 'compile/*.c' 'maps/*.c' 'loader/*.c' \
	'agent/*.c' 'cni/*.c' 'cli/*.c')
shell_scripts=$(git ls-files '*.sh' .ci/run docs/leat.bash)
python_scripts=$(git ls-files '*.py')
manuals=$(git ls-files 'docs/man/*.8')

format()
{
	# shellcheck disable=SC2086
	clang-format-19 --dry-run -Werror $sources
}

tidy()
{
	status=0
	for source in $user_sources; do
		folder=${source%%/*}
		# shellcheck disable=SC2046,SC2086
		clang-tidy-19 --quiet "$source" -- -std=gnu11 -D_GNU_SOURCE \
			-DLEAT_VERSION='"lint"' -DLEAT_PREFIX='"/usr/local"' \
			$(make --no-print-directory show-includes FOLDER="$folder") \
			2>/dev/null || status=1
	done
	return "$status"
}

check_cpp()
{
	# Each suppression has its reason: missingInclude: system headers are not followed;
	# unusedFunction is not asked for; unknownMacro: table macros of uthash;
	# memleak: the cleanup attribute is not understood (sanitized tests find leaks).
	# shellcheck disable=SC2086
	cppcheck --quiet --std=c11 --enable=warning,portability --error-exitcode=1 \
		--inline-suppr --suppress=missingInclude --suppress=unknownMacro \
		--suppress=memleak \
		-Iinclude -I. -j2 $user_sources
}

step clang-format format
step clang-tidy tidy
step cppcheck check_cpp
# shellcheck disable=SC2086
step shellcheck shellcheck $shell_scripts
# shellcheck disable=SC2086
step python python3 -m py_compile $python_scripts
# shellcheck disable=SC2086
[ -z "$manuals" ] || step mandoc mandoc -T lint -W warning $manuals
exit $failed
