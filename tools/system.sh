#!/bin/sh
# Install what the tests need of the system: `tools/system.sh ENVIRONMENT`, by `make test`.
#
# That is Chromium with Chinese letters, Pango, which lays out the PDF of the report, and PostgreSQL. The headless shell
# does the work of a page in six tenths of Chromium's time: it is tried once for an environment, and not insisted on.
set -eu
environment=$1
light=chromium-headless-shell
packages="fonts-noto-cjk libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 postgresql"

has() {
    command -v "$1" >/dev/null
}
complete() {
    { has $light || has chromium || has chromium-browser || has google-chrome; } &&
        { has initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; } &&
        "$environment/bin/python" -c "import weasyprint" 2>/dev/null
}

if complete && { has $light || [ -e "$environment/system" ]; }; then
    exit
fi
if [ "$(id -u)" = 0 ]; then
    as_root=
elif has sudo && sudo -n true 2>/dev/null; then
    as_root=sudo
else
    complete && exit
    echo "The tests need Chromium, Pango and PostgreSQL: apt-get install chromium $packages" >&2
    exit 1
fi
touch "$environment/system"
$as_root apt-get update -qq || true
# shellcheck disable=SC2086  # several words
$as_root apt-get install -y -qq $light $packages || complete || $as_root apt-get install -y -qq chromium $packages
