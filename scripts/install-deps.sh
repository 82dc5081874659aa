#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs from Debian's packages what leat needs: to build and run (default), and with
# --test also what the tests, the linters and the benches call. Does nothing, and asks the
# network nothing, where all of it is there already.
set -eu

build="make gcc libc6-dev clang-19 llvm-19 bpftool pkg-config libbpf-dev libelf-dev zlib1g-dev
	libuv1-dev libyaml-dev libcjson-dev libnl-3-dev libnl-route-3-dev libjansson-dev uthash-dev linux-libc-dev"
run="iproute2 iputils-ping util-linux python3 procps kmod"
test="libcmocka-dev clang-format-19 clang-tidy-19 cppcheck shellcheck mandoc valgrind
	libclang-rt-19-dev git"

usage()
{
	cat <<EOF
Usage: $0 [--test] [--check]
  --test    also what tests, linters and benches need
  --check   install nothing; list what is missing and exit 1 if anything is
EOF
}

want="$build $run"
check=
for arg in "$@"; do
	case $arg in
	--test) want="$want $test" ;;
	--check) check=1 ;;
	-h | --help) usage; exit 0 ;;
	*) usage >&2; exit 2 ;;
	esac
done

missing=
for package in $want; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ -n "$check" ]; then
	echo "missing packages:$missing"
	exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "install-deps: run as root to install:$missing" >&2
	exit 1
fi
echo "install-deps: installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of names, split on purpose
apt-get install -y --no-install-recommends $missing >/dev/null 2>&1 || {
	apt-get update >/dev/null
	apt-get install -y --no-install-recommends $missing >/dev/null
}
