#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# as-user.sh BENCH INLAY PYTHON SETUP SCRIPT: runs a station test as an ordinary user, also when root starts it. Root's
# build tree may be where nobody else can read: what the test needs is copied.
set -eu
bench=$1 inlay=$2 python=$3 setup=$4 script=$5

if [ "$(id -u)" -ne 0 ]; then
    PATH="$(dirname "$inlay"):$(dirname "$bench"):$PATH"
    exec "$bench" run --setup "$setup" -- "$python" "$script"
fi

as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs "$@"; }
as_user test -x "$python" || python=/usr/bin/python3 # root's own Python
home=$(mktemp -d "${TMPDIR:-/tmp}/inlay-user-XXXXXX")
trap 'rm -rf "$home"' EXIT
mkdir "$home/bin" "$home/tests"
cp "$bench" "$inlay" "$home/bin"
cp -r "$(dirname "$script")" "$home/tests/station"
cp -r "$(dirname "$script")/../../layouts" "$home/layouts"
chown -R 65534:65534 "$home"
cd "$home"
HOME=$home TMPDIR=$home PATH="$home/bin:$PATH" \
    as_user "$home/bin/inlay-bench" run --setup "$home/tests/station/$(basename "$setup")" -- \
        "$python" "$home/tests/station/$(basename "$script")"
