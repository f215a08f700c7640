"""Watches what any user of the machine could see of processes while something runs: command lines and environments.

Knows processes, not secrets: whoever stops it asks what was seen.
"""

import os
import threading
from pathlib import Path

PAUSE_SECONDS = 0.05


def read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""  # it has ended, or is another user's


def pid_namespace(process):
    try:
        return os.readlink(process / "ns" / "pid")
    except OSError:
        return None


class ProcessWatch:
    """Keeps all different command lines, containers' included, and all environments of processes outside of containers.

    What a container's environment holds was put there by its manifest, for its programs alone.
    """

    def __init__(self):
        self.command_lines = set()
        self.environments = set()
        self._own_namespace = pid_namespace(Path("/proc/self"))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _watch(self):
        while not self._stop.wait(PAUSE_SECONDS):
            for process in Path("/proc").iterdir():
                if process.name.isdigit() and int(process.name) != os.getpid():
                    self._look_at(process)

    def _look_at(self, process):
        self.command_lines.add(read(process / "cmdline"))
        if pid_namespace(process) == self._own_namespace:
            self.environments.add(read(process / "environ"))
