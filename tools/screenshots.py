"""Draws the pictures of docs/images anew: screenshots.py

Brings dev_dummyauth up under the name `demo` in a copy of the project, with images that are there already, records that
as a terminal, and takes pictures of the hub's pages and of a notebook on the way. No other environment is touched.
"""

import io
import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

PROJECT = Path(__file__).resolve().parents[1]
IMAGES = PROJECT / "docs" / "images"
COLUMNS = 100

sys.path.insert(0, str(PROJECT / "tests" / "e2e"))
from browser import Hub, new_page  # noqa: E402
from environment import Environment, envtool_program  # noqa: E402

WHERE_AM_I = """
import getpass, os
print("Slurm job", os.environ["SLURM_JOB_ID"], "of", getpass.getuser())
""".strip()


def read_all(descriptor):
    """What a terminal's program writes; its end shows as an error on Linux."""
    pieces = []
    try:
        while piece := os.read(descriptor, 65536):
            pieces.append(piece)
    except OSError:
        pass
    return b"".join(pieces).decode()


def run_in_terminal(arguments, folder):
    """What a program shows in a terminal of COLUMNS columns, with its colours; it must succeed."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "TERM": "xterm-256color", "ENVTOOL_PROGRESS": "plain"}
    with subprocess.Popen(arguments, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as program:
        os.close(theirs)
        shown = read_all(ours)
    os.close(ours)
    if program.returncode != 0:
        sys.exit(f"{' '.join(map(str, arguments))} failed:\n{shown}")
    return shown.replace("\r\n", "\n")


class Recording:
    """Commands and what they showed, as one picture of a terminal."""

    def __init__(self, folder):
        self.folder = folder
        self.console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)

    def run(self, *arguments):
        self.console.print(Text.assemble(("$ ", "bold green"), " ".join(("envtool", *arguments))))
        shown = run_in_terminal([envtool_program(), *arguments], self.folder)
        self.console.print(Text.from_ansi(shown.replace(str(self.folder), "~/envtool")))

    def save(self, path):
        drawn = self.console.export_svg(title="envtool")
        path.write_text(re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL))  # no fonts from the network


def picture_pages(environment):
    with new_page(width=1100, height=700) as page:
        hub = Hub(page, environment.url)
        hub.open_sign_in()
        hub.screenshot(IMAGES / "sign-in.png")
        hub.sign_in("me", environment.deploy_data()["dummyAuthPassword"])
        hub.open_options()
        hub.screenshot(IMAGES / "options.png")
        hub.start_server("project1.brics")
        hub.open_notebook()
        hub.run_cell(WHERE_AM_I)
        hub.screenshot(IMAGES / "notebook.png")
        hub.stop_server()


def main():
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="envtool-screenshots-") as folder:
        environment = Environment(Path(folder), "demo", "dev_dummyauth")
        environment.adopt_images()
        environment.run("build")
        recording = Recording(environment.folder)
        try:
            recording.run("list")
            recording.run("up", "demo")
            recording.run("status", "demo")
            picture_pages(environment)
            recording.run("plan", "demo")
            recording.run("down", "demo")
            recording.save(IMAGES / "terminal.svg")
        finally:
            environment.run("down", "--all", check=False)


if __name__ == "__main__":
    main()
