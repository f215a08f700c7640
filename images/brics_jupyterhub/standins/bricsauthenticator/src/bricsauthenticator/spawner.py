"""BricsSlurmSpawner: a user's notebook server as a Slurm job of one of the user's projects.

The project decides the account and the home directory. Options are checked at the start, whichever way they came. Accounts need not exist
where the hub runs: nothing here asks the local user database, knows how users sign in, or holds a secret.
"""

import asyncio
import re

from batchspawner import JobStatus, SlurmSpawner, format_template
from jupyterhub.utils import maybe_future
from tornado import web
from traitlets import Any, Dict, Unicode, default, observe

from bricsauthenticator import port_api
from bricsauthenticator.projects import account_of, usable_projects
from bricsauthenticator.spawner_options_form import interpret_form_data, make_options_form

port_api.install()

_JOB_ID = re.compile(r"[0-9]{1,20}")
_FIRST_POLL_SECONDS = 0.5
# Refusals by sbatch that another choice of options avoids; anything else is the site's trouble.
_REFUSED_CHOICE = re.compile(r"(?i)invalid (partition|reservation|generic resource)|(reservation|partition) .*(invalid|denied)|time ?limit|node configuration")
_SBATCH_ERROR = re.compile(r"^sbatch: error: (.*)$", re.MULTILINE)


class SpawnError(web.HTTPError):
    """A failed start whose message the user gets to see, in the page as well as from the REST API."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.jupyterhub_message = message
        # The hub's spawn page reads this from every HTTP error, although tornado's own have none.
        self.headers: dict[str, str] = {}


class BricsSlurmSpawner(SlurmSpawner):
    """Starts `batchspawner-singleuser` as a Slurm job, with `brics_project`, `runtime`, `ngpus`, `partition`, `reservation` as options."""

    brics_projects = Dict(help="The user's projects: id to `name` and `username`. Taken from the authentication state.")

    # The REST API puts whatever JSON it was sent here, so the type is open and `start` checks it.
    user_options = Any(help="The options of the current or the next start.")

    req_username = Unicode(help="The account that the job runs as.")
    req_homedir = Unicode(help="The home directory of that account.")

    state_unknown_re = Unicode(
        r"(?m)^slurm_load_jobs error: (?!Invalid job id)|^(?:ssh|ssh_exchange_identification|kex_exchange_identification|client_loop): "
        r"|^Connection (?:to \S+ )?(?:closed|reset|timed out)|^Timeout, server|^Host key verification failed|: Permission denied \(",
        help="Matches a job status that says nothing about the job: Slurm's controller did not answer, or the question never arrived.",
    ).tag(config=True)

    def __init__(self, *args, interpret_form_data_fn=interpret_form_data, make_options_form_fn=make_options_form, **kwargs):
        """`interpret_form_data_fn` and `make_options_form_fn` replace the functions of the same names."""
        self._interpret_form_data = interpret_form_data_fn
        self._make_options_form = make_options_form_fn
        super().__init__(*args, **kwargs)

    # Who the job runs as.

    @default("auth_state_hook")
    def _take_projects_by_default(self):
        return take_projects

    @observe("brics_projects", "user_options")
    def _follow_project(self, _change) -> None:
        project = self.user_options.get("brics_project") if isinstance(self.user_options, dict) else None
        known = isinstance(project, str) and project in self.brics_projects
        account = account_of(self.brics_projects, project) if known else None
        self.req_username = account.username if account else ""
        self.req_homedir = account.homedir if account else ""

    @default("req_username")
    def _no_username_yet(self) -> str:
        return ""

    @default("req_homedir")
    def _no_homedir_yet(self) -> str:
        return ""

    def user_env(self, env):
        """Adds the account's USER, HOME and SHELL to `env`."""
        env.update(USER=self.req_username, HOME=self.req_homedir, SHELL="/bin/bash")
        return env

    def get_req_subvars(self):
        """The values that command templates may name. Raises SpawnError if it is not known whom to run them as."""
        if not self.req_username:
            raise SpawnError(500, "The account of this job is not known")
        return super().get_req_subvars()

    # What the user asked for.

    @default("user_options")
    def _no_options_yet(self):
        return {}

    @default("options_form")
    def _form_of_this_user(self):
        return lambda spawner: spawner._make_options_form(spawner.brics_projects, spawner.user_options)

    @default("options_from_form")
    def _read_form(self):
        return self._options_from_request

    @default("apply_user_options")
    def _options_apply_at_start(self):
        return lambda _spawner, _options: None

    async def _options_from_request(self, form_data):
        # The projects may have changed, or been forgotten, since the form was shown.
        await self.run_auth_state_hook(await maybe_future(self.user.get_auth_state()))
        # The cross-site token belongs to the hub's form, not to the options.
        return self._checked_options({key: value for key, value in form_data.items() if key != "_xsrf"})

    def _checked_options(self, options) -> dict[str, str]:
        try:
            return self._interpret_form_data(options, frozenset(self.brics_projects))
        except ValueError as error:
            raise SpawnError(400, str(error)) from None

    # The job.

    async def start(self):
        """Submits the job and waits for its server; returns host and port.

        Raises SpawnError: 400 for options that cannot be used, 503 when Slurm does not take the job, 500 when the job ends before its
        server is up. How long a job may wait in the queue is JupyterHub's `start_timeout`.
        """
        self._settle_options()
        self._forget_address()
        await self.submit_batch_script()
        await self._wait_for_address()
        self.db.commit()
        self.log.info("Notebook server of job %s is at %s:%s", self.job_id, self.ip, self.port)
        return self.ip, self.port

    def _settle_options(self) -> None:
        self.user_options = self._checked_options(self.user_options)
        if self.orm_spawner is not None:
            # What a restarted hub reads to know whose job this is.
            self.orm_spawner.user_options = self.user_options

    def _forget_address(self) -> None:
        self.ip = self.traits()["ip"].default_value
        self.port = self.traits()["port"].default_value
        if self.server:
            self.server.port = self.port

    async def submit_batch_script(self):
        """Submits the job and returns its number. Unlike the base class this logs no environment, which holds the server's token."""
        variables = self.get_req_subvars()
        command = f"{format_template(self.exec_prefix, **variables)} {format_template(self.batch_submit_cmd, **variables)}"
        script = await self._get_batch_script(**{**variables, **self.user_options, "cmd": self.cmd_formatted_for_batch()})
        self.log.info("Submitting job as %s: %s", self.req_username, command)
        self.log.debug("Batch script:\n%s", script)
        try:
            output = await self.run_command(command, input=script, env=self.get_env())
        except RuntimeError as error:
            raise submission_error(str(error)) from None
        self.job_id = self.parse_job_id(output)
        return self.job_id

    def parse_job_id(self, output):
        """The job number in the last line of `sbatch --parsable`, which may continue with `;CLUSTER`; raises SpawnError without one."""
        last_line = output.strip().rsplit("\n", 1)[-1]
        job_id = last_line.split(";")[0]
        if not _JOB_ID.fullmatch(job_id):
            self.log.error("No job number in the output of the submit command: %r", output)
            raise SpawnError(503, "Slurm took the job but gave no job number")
        return job_id

    async def _wait_for_address(self) -> None:
        """Waits for the server to say its port and for Slurm to say its host, watching that the job lives meanwhile."""
        port_arrived = asyncio.Event()

        def on_port(_change):
            port_arrived.set()

        self.observe(on_port, "port")
        try:
            pause = min(_FIRST_POLL_SECONDS, self.startup_poll_interval)
            while not await self._take_address():
                await self._pause(pause, port_arrived)
                pause = min(2 * pause, self.startup_poll_interval)
        finally:
            self.unobserve(on_port, "port")

    async def _take_address(self) -> bool:
        status = await self.query_job_status()
        if status == JobStatus.NOTFOUND:
            raise self._job_ended()
        if status != JobStatus.RUNNING or self.port == 0:
            return False
        self.ip = self.state_gethost() or ""
        return self.ip != ""

    async def _pause(self, seconds: float, port_arrived: asyncio.Event) -> None:
        """Sleeps, but no longer than until the port arrives: a server that is up has waited long enough."""
        if self.port != 0:
            await asyncio.sleep(seconds)
            return
        try:
            await asyncio.wait_for(port_arrived.wait(), seconds)
        except asyncio.TimeoutError:
            pass

    def _job_ended(self) -> SpawnError:
        job_id, log_file = self.job_id, f"{self.req_homedir}/jupyterhub_slurmspawner_{self.job_id}.log"
        self.log.warning("Job %s ended before its notebook server was up; last status: %r", job_id, self.job_status)
        self.clear_state()
        return SpawnError(500, f"Slurm job {job_id} ended before the notebook server was up. Its output is in {log_file}")

    async def cancel_batch_job(self):
        """Cancels the job; a job that is gone already is as good as cancelled."""
        try:
            await super().cancel_batch_job()
        except RuntimeError:
            if await self.query_job_status() != JobStatus.NOTFOUND:
                raise

    async def progress(self):
        """Says what the job is doing, each thing once."""
        said = None
        while True:
            message = self._progress_message()
            if message != said:
                yield {"message": message}
                said = message
            await asyncio.sleep(0.5)

    def _progress_message(self) -> str:
        if self.state_isrunning():
            return f"Job {self.job_id} is running, its notebook server is starting"
        if self.state_ispending():
            return f"Job {self.job_id} is waiting in the queue"
        return f"Asking Slurm about job {self.job_id}" if self.job_id else "Submitting the job"

    # What a restarted hub needs to know.

    def get_state(self):
        """Adds the project of the running job, and no other project, to the stored state."""
        state = super().get_state()
        project = self.user_options.get("brics_project") if isinstance(self.user_options, dict) else None
        if self.job_id and project in self.brics_projects:
            state["brics_projects"] = {project: self.brics_projects[project]}
        return state

    def load_state(self, state):
        """Takes the project of the running job from the stored state."""
        super().load_state(state)
        self.brics_projects = usable_projects(state.get("brics_projects"))


def take_projects(spawner, auth_state) -> None:
    """Gives `spawner` the well-formed projects of `auth_state`; none if there is no authentication state."""
    projects = usable_projects(auth_state)
    for project in (auth_state or {}).keys() - projects.keys():
        spawner.log.warning("Leaving out project %r: its id or its account name is malformed", project)
    spawner.brics_projects = projects


def submission_error(stderr: str) -> SpawnError:
    """What to tell the user when the submit command failed with `stderr`, of which only what sbatch itself said is repeated."""
    said = "; ".join(_SBATCH_ERROR.findall(stderr))
    if not said:
        return SpawnError(503, "The job could not be handed to Slurm. Try again later")
    return SpawnError(400 if _REFUSED_CHOICE.search(said) else 503, f"Slurm refused the job: {said}")
