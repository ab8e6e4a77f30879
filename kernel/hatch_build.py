"""Compile the kernel while its wheel is built: with the compiler that Python names, for the stable ABI."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FLAGS = ("-std=c11", "-O3", "-fPIC", "-fvisibility=hidden", "-ffp-contract=off", "-Wall", "-Wextra")


class Compiled(BuildHookInterface[Any]):
    """Makes `stationmap_kernel.abi3.so` of the one source and puts it into the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  the form of all hooks
        """Compile; raises CalledProcessError or OSError where that is not possible."""
        folder = Path(self.root)
        made = folder / "build" / "stationmap_kernel.abi3.so"
        made.parent.mkdir(exist_ok=True)
        compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
        linked = ("-bundle", "-undefined", "dynamic_lookup") if sys.platform == "darwin" else ("-shared",)
        headers = f"-I{sysconfig.get_path('include')}"
        source = folder / "stationmap_kernel.c"
        extra = shlex.split(os.environ.get("CFLAGS", ""))
        subprocess.run([*compiler, *FLAGS, *extra, headers, *linked, source, "-o", made, "-lm"], check=True)
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"cp311-abi3-{platform}"
        build_data["pure_python"] = False
        build_data["force_include"][str(made)] = made.name
