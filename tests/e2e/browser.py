"""What a person does at a hub with a browser, as functions: sign in, choose, work in a notebook, stop the server.

Knows pages, not environments: whoever calls it says where the hub is.
"""

import contextlib
import os
import re
import shutil
import tempfile
import time

from playwright.sync_api import expect, sync_playwright

LAB_SECONDS = 120
CELL_SECONDS = 60
STOP_SECONDS = 30
FLAGS = ["--disable-gpu", "--disable-background-networking", "--no-first-run"]


def browser_path():
    """The machine's own Chromium, or None for the one that Playwright has installed."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@contextlib.contextmanager
def new_page(width=1280, height=800):
    """A page in a browser that starts without any data and leaves none."""
    with tempfile.TemporaryDirectory(prefix="envtool-browser-") as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=browser_path(),
            headless=True,
            chromium_sandbox=os.geteuid() != 0,
            args=FLAGS,
            viewport={"width": width, "height": height},
        )
        try:
            yield context.pages[0]
        finally:
            context.close()


class Hub:
    """One person's view of the hub at `url`, for instance http://127.0.0.1:8000/jupyter."""

    def __init__(self, page, url):
        self.page = page
        self.url = url.rstrip("/")

    def open_sign_in(self):
        self.page.goto(f"{self.url}/hub/login")

    def sign_in(self, name, password):
        self.open_sign_in()
        self.page.fill("#username_input", name)
        self.page.fill("#password_input", password)
        self.page.click("#login_submit")

    def open_options(self):
        self.page.goto(f"{self.url}/hub/spawn")
        expect(self.page.locator("select[name=brics_project]")).to_be_visible()

    def projects(self):
        return self.page.locator("select[name=brics_project] option").evaluate_all("all => all.map(o => o.value)")

    def start_server(self, project):
        """From the page with the options to a JupyterLab that can be used: with what was open the last time, or a launcher."""
        self.page.select_option("select[name=brics_project]", project)
        self.page.click("#spawn_form input[type=submit], #spawn_form button[type=submit]")
        self.page.wait_for_url(re.compile(r"/user/[^/]+/lab"), timeout=LAB_SECONDS * 1000)
        expect(self.page.locator(".jp-Launcher, .jp-Notebook").first).to_be_visible(timeout=LAB_SECONDS * 1000)

    def open_notebook(self):
        self.page.locator('.jp-LauncherCard[data-category="Notebook"]').first.click()
        expect(self.page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible(timeout=CELL_SECONDS * 1000)
        expect(self.page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=CELL_SECONDS * 1000)

    def run_cell(self, code):
        """Runs `code` in the last cell and returns what it printed."""
        cells = self.page.locator(".jp-Notebook .jp-CodeCell")
        cell = cells.nth(cells.count() - 1)
        cell.locator(".cm-content").click()
        self.page.keyboard.insert_text(code)
        self._run_until_numbered(cell)
        return "".join(cell.locator(".jp-OutputArea-output").all_inner_texts())

    def _run_until_numbered(self, cell):
        """Lab drops what is run in the moment in which the kernel connects; then the prompt stays empty."""
        prompt = cell.locator(".jp-InputPrompt")
        for _ in range(CELL_SECONDS // 5):
            cell.locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            with contextlib.suppress(AssertionError):
                expect(prompt).not_to_have_text(re.compile(r"\[ \]:"), timeout=5000)
                break
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=CELL_SECONDS * 1000)

    def questions(self):
        """What JupyterLab asks in a corner of the window."""
        return self.page.locator(".Toastify__toast")

    def stop_server(self):
        # The button does nothing before all of the page's scripts are there.
        self.page.goto(f"{self.url}/hub/home", wait_until="networkidle")
        self.page.click("#stop")
        expect(self.page.locator("#stop")).to_be_hidden(timeout=STOP_SECONDS * 1000)
        # The page has only hidden the button: a hub that is busy goes on stopping the server.
        end = time.monotonic() + STOP_SECONDS
        while self.has_server() and time.monotonic() < end:
            self.page.wait_for_timeout(200)

    def has_server(self):
        self.page.goto(f"{self.url}/hub/home")
        return self.page.locator("#stop").is_visible()

    def screenshot(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path)
