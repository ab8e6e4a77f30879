#!/bin/sh
# Build what a server is installed from: `tools/wheel.sh ENVIRONMENT FOLDER`, by `make wheel`.
#
# The folder gets the wheel and requirements.txt, which names it and all it needs, each with its hash. pip takes both
# with `pip install --require-hashes --requirement requirements.txt`, in that folder.
set -eu
environment=$1
folder=$2
mkdir -p "$folder"
rm -f "$folder"/stationmap-*.whl
"$environment/bin/python" -m pip --quiet --disable-pip-version-check wheel . --no-deps --no-build-isolation --wheel-dir "$folder"
wheel=$(cd "$folder" && echo stationmap-*.whl)
hash=$(sha256sum "$folder/$wheel" | cut -d " " -f 1)
{
    echo "./$wheel --hash=sha256:$hash"
    cat requirements/server.lock
} >"$folder/requirements.txt"
ls -l "$folder/$wheel" "$folder/requirements.txt"
