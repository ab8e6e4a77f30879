#!/bin/sh
# Install what a lock file names, and this project beside it: `tools/install.sh ENVIRONMENT LOCK`, by `make`.
#
# Nothing is installed that has no hash in the lock. uv takes a fraction of the time; where it cannot be had, or cannot
# install, pip does the same work. uv does not read the settings of pip, so an index chosen there is passed on.
set -eu
environment=$1
lock=$2
installer=${INSTALLER_LOCK:-requirements/installer.lock}
python=$environment/bin/python

pip() {
    "$python" -m pip --quiet --disable-pip-version-check "$@"
}

# The search compiled (`kernel/`): several times as fast, the answers are the same without it.
with_kernel() {
    "$@" --no-deps --no-build-isolation ./kernel >/dev/null 2>&1 ||
        echo "No C compiler, or no headers of Python: stations are searched in Python, which is slower" >&2
}

[ -x "$python" ] || "${PYTHON:-python3}" -m venv "$environment"
if pip install --require-hashes --requirement "$installer"; then
    index=$(pip config list | sed -n "s/^[^=]*\.index-url='\(.*\)'$/\1/p" | tail -n 1)
    [ -z "$index" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"
    uv() {
        "$environment/bin/uv" pip --quiet "$@" --python "$python"
    }
    if uv install --require-hashes --requirement "$lock" && uv install --no-deps --no-build-isolation --editable .; then
        with_kernel uv install
        exit
    fi
fi
echo "uv cannot install here; pip does, which takes longer" >&2
pip install --no-compile --require-hashes --requirement "$lock"
pip install --no-deps --no-build-isolation --editable .
with_kernel pip install --force-reinstall
