"""Runs commands, times them, and prints the rows of the table. Knows nothing of what is measured."""

import os
import statistics
import subprocess
import threading
import time
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parents[1]
RUNS = 7
HEADER = "| what | envtool | memory | peer | its time | ratio |\n|---|---|---|---|---|---|"


class Figure(NamedTuple):
    seconds: float
    mebibytes: float


class PeakMemory(threading.Thread):
    """Watches a process's own peak, which, unlike the usage that `wait` reports, leaves out the programs it starts."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.status = Path(f"/proc/{pid}/status")
        self.kibibytes = 0

    def run(self):
        try:
            while True:
                line = next(line for line in self.status.read_text().splitlines() if line.startswith("VmHWM:"))
                self.kibibytes = max(self.kibibytes, int(line.split()[1]))
                time.sleep(0.002)
        except (OSError, StopIteration):
            pass  # it has ended


def run_once(command, directory=None):
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=directory
    )
    peak = PeakMemory(process.pid)
    peak.start()
    errors = process.stderr.read()
    status = process.wait()
    seconds = time.perf_counter() - began
    peak.join()
    if status != 0:
        raise SystemExit(f"{command} failed:\n{errors.decode()}")
    return Figure(seconds, peak.kibibytes / 1024)


def measure(command, prepare=lambda: None, runs=RUNS, directory=None):
    """The median time and the largest memory of several runs, `prepare` before each of them."""
    figures = []
    for _ in range(runs):
        prepare()
        figures.append(run_once(command, directory))
    return Figure(statistics.median(f.seconds for f in figures), max(f.mebibytes for f in figures))


def duration(seconds):
    if seconds < 0.001:
        return f"{seconds * 1e6:.1f} us"
    return f"{seconds:.1f} s" if seconds >= 10 else f"{seconds * 1000:.1f} ms"


def row(what, ours, peer=None, peer_name=""):
    cells = [what, duration(ours.seconds), f"{ours.mebibytes:.0f} MiB" if ours.mebibytes else ""]
    cells += [peer_name, duration(peer.seconds), f"{peer.seconds / ours.seconds:.2f}x"] if peer else ["", "", ""]
    print("| " + " | ".join(cells) + " |", flush=True)
