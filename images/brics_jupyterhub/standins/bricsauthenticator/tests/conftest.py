"""What several tests use: a spawner whose commands are answered by a script, and a real hub in this process."""

import asyncio
import logging
from types import SimpleNamespace

import pytest
from bricsauthenticator import BricsSlurmSpawner

PROJECTS = {
    "project1.brics": {"name": "First project", "username": "alice.project1"},
    "project2.brics": {"name": "Second project", "username": "alice.project2"},
}
OPTIONS = {"brics_project": "project1.brics", "runtime": "01:00:00", "ngpus": "1"}


class ScriptedSpawner(BricsSlurmSpawner):
    """Records each command; answers sbatch with a job number and squeue with the next of `states`, the last one for ever."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.commands = []
        self.script = None
        self.submitted = "42"
        self.states = ["PENDING (None)", "RUNNING node1"]
        self.on_query = lambda number: None
        self.db = SimpleNamespace(commit=lambda: None)
        self.queries = 0
        self.startup_poll_interval = 0.01

    def get_env(self):
        return self.user_env({"JUPYTERHUB_API_TOKEN": "very-secret"})

    async def run_command(self, cmd, input=None, env=None):
        self.commands.append(cmd)
        if "squeue" in cmd:
            return self._answer_query()
        if "sbatch" in cmd:
            self.script = input
            return self._answer(self.submitted)
        return ""

    def _answer_query(self):
        self.on_query(self.queries)
        state = self.states[min(self.queries, len(self.states) - 1)]
        self.queries += 1
        return self._answer(state)

    @staticmethod
    def _answer(answer):
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def spawner():
    made = ScriptedSpawner(cmd=["jupyterhub-singleuser"])
    made.log = logging.getLogger("spawner-test")
    made.brics_projects = PROJECTS
    made.user_options = dict(OPTIONS)
    return made


@pytest.fixture
def run():
    """Runs a coroutine to its end, in less than ten seconds."""
    return lambda coroutine: asyncio.run(asyncio.wait_for(coroutine, 10))
