import asyncio
import logging

import pytest
from bricsauthenticator.spawner import SpawnError, submission_error, take_projects
from conftest import OPTIONS, PROJECTS

LOG_FILE = "/home/project1/alice.project1/jupyterhub_slurmspawner_42.log"


def say_port(spawner, at_query=1, port=40000):
    def on_query(number):
        if number == at_query:
            spawner.port = port

    spawner.on_query = on_query


def failure_of(run, spawner):
    with pytest.raises(SpawnError) as failure:
        run(spawner.start())
    return failure.value


class TestAccount:
    def test_follows_the_chosen_project(self, spawner):
        assert (spawner.req_username, spawner.req_homedir) == ("alice.project1", "/home/project1/alice.project1")
        spawner.user_options = {**OPTIONS, "brics_project": "project2.brics"}
        assert (spawner.req_username, spawner.req_homedir) == ("alice.project2", "/home/project2/alice.project2")

    @pytest.mark.parametrize("options", [None, {}, [], "x", 7, {"brics_project": "other.brics"}, {"brics_project": ["project1.brics"]}], ids=repr)
    def test_without_a_project_there_is_no_account_and_no_command(self, spawner, options):
        spawner.user_options = options
        assert (spawner.req_username, spawner.req_homedir) == ("", "")
        with pytest.raises(SpawnError):
            spawner.get_req_subvars()

    def test_environment(self, spawner):
        assert spawner.user_env({"A": "1"}) == {
            "A": "1",
            "USER": "alice.project1",
            "HOME": "/home/project1/alice.project1",
            "SHELL": "/bin/bash",
        }

    def test_projects_come_from_the_authentication_state(self, spawner, caplog):
        take_projects(spawner, {**PROJECTS, "bad.brics": {"name": "x", "username": "x; touch F #"}})
        assert spawner.brics_projects == PROJECTS
        assert "'bad.brics'" in caplog.text and "touch" not in caplog.text

    def test_no_authentication_state_means_no_projects(self, spawner):
        spawner.auth_state_hook(spawner, None)
        assert spawner.brics_projects == {}


class TestStart:
    def test_returns_host_and_port(self, spawner, run):
        say_port(spawner)
        assert run(spawner.start()) == ("node1", 40000)
        assert spawner.job_id == "42"

    def test_commands(self, spawner, run):
        say_port(spawner)
        spawner.exec_prefix = "ssh host sudo -u {username}"
        run(spawner.start())
        assert spawner.commands[:2] == [
            "ssh host sudo -u alice.project1 sbatch --parsable",
            "ssh host sudo -u alice.project1 squeue -h -j 42 -o '%T %B'",
        ]

    def test_options_reach_the_script(self, spawner, run):
        say_port(spawner)
        spawner.batch_script = "{{runtime}} {{ngpus}} {{partition}} {{reservation}} {{homedir}} {{cmd}}"
        spawner.req_partition = "site-default"
        spawner.user_options = {**OPTIONS, "reservation": "r1"}
        run(spawner.start())
        assert spawner.script == "01:00:00 1 site-default r1 /home/project1/alice.project1 batchspawner-singleuser jupyterhub-singleuser"

    @pytest.mark.parametrize(
        "options",
        [
            None, [], [1], "x", 7, False, {}, {**OPTIONS, "homedir": "/tmp"}, {**OPTIONS, "options": "--x"}, {**OPTIONS, "srun": "id"}, {**OPTIONS, "cmd": "id"},
            {**OPTIONS, "runtime": "1\n#SBATCH --mail-type=ALL"}, {**OPTIONS, "ngpus": 1}, {**OPTIONS, "brics_project": "other.brics"},
            {**OPTIONS, "partition": "$(id)"}, {"runtime": "01:00:00"},
        ],
        ids=repr,
    )  # fmt: skip
    def test_bad_options_are_refused_before_any_command(self, spawner, run, options):
        spawner.user_options = options
        failure = failure_of(run, spawner)
        assert failure.status_code == 400
        assert failure.jupyterhub_message.startswith("Invalid spawner options input: ")
        assert spawner.commands == []

    def test_a_job_that_dies_at_once(self, spawner, run):
        spawner.states = ["RUNNING node1", ""]
        failure = failure_of(run, spawner)
        assert failure.status_code == 500
        assert failure.jupyterhub_message == f"Slurm job 42 ended before the notebook server was up. Its output is in {LOG_FILE}"
        assert spawner.job_id == ""

    @pytest.mark.parametrize("last", ["", "FAILED node1", "CANCELLED n/a", RuntimeError("slurm_load_jobs error: Invalid job id specified")], ids=repr)
    def test_ends_that_are_noticed(self, spawner, run, last):
        spawner.states = ["PENDING n/a", "RUNNING node1", "COMPLETING node1", last]
        assert LOG_FILE in failure_of(run, spawner).jupyterhub_message

    @pytest.mark.parametrize(
        "answer",
        [
            "slurm_load_jobs error: Unable to contact slurm controller (connect failure)",
            "slurm_load_jobs error: Socket timed out on send/recv operation",
            "ssh: connect to host slurm port 22: Connection refused",
            "kex_exchange_identification: Connection closed by remote host",
            "Connection closed by 10.0.0.1 port 22",
            "Connection to slurm closed by remote host.",
            "note: from the login host\nslurm_load_jobs error: Unexpected message received",
            "Timeout, server slurm not responding.",
            "jupyterspawner@slurm: Permission denied (publickey).",
            "Host key verification failed.",
        ],
    )
    def test_an_unanswered_question_is_asked_again(self, spawner, run, answer):
        say_port(spawner, at_query=2)
        spawner.states = [RuntimeError(answer), RuntimeError(answer), "RUNNING node1"]
        assert run(spawner.start()) == ("node1", 40000)

    def test_a_running_job_that_has_no_host_yet_is_asked_again(self, spawner, run):
        say_port(spawner, at_query=0)
        spawner.states = ["RUNNING", "RUNNING node1"]
        assert run(spawner.start()) == ("node1", 40000)

    def test_the_arrival_of_the_port_ends_a_long_pause(self, spawner, run, monkeypatch):
        monkeypatch.setattr("bricsauthenticator.spawner._FIRST_POLL_SECONDS", 3600)
        spawner.startup_poll_interval = 3600
        spawner.states = ["RUNNING node1"]

        async def start():
            starting = asyncio.ensure_future(spawner.start())
            await asyncio.sleep(0.1)
            spawner.port = 40000
            return await asyncio.wait_for(starting, 5)

        assert run(start()) == ("node1", 40000)

    def test_starts_again_from_nothing(self, spawner, run):
        say_port(spawner)
        run(spawner.start())
        spawner.queries, spawner.states = 0, ["RUNNING node2", "RUNNING node2"]
        say_port(spawner, port=40001)
        assert run(spawner.start()) == ("node2", 40001)

    def test_cancelled_while_waiting(self, spawner, run):
        spawner.states = ["PENDING n/a"]

        async def start():
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(spawner.start(), 0.1)

        run(start())
        assert spawner.job_id == "42"

    def test_no_secret_in_the_log(self, spawner, run, caplog):
        caplog.set_level(logging.DEBUG)
        say_port(spawner)
        run(spawner.start())
        assert "Submitting job as alice.project1" in caplog.text
        assert "very-secret" not in caplog.text


class TestSubmission:
    @pytest.mark.parametrize("output, job_id", [("42", "42"), ("42\n", "42"), ("42 ", "42"), ("42;cluster", "42"), ("sbatch: note\n42", "42")])
    def test_job_numbers(self, spawner, output, job_id):
        assert spawner.parse_job_id(output) == job_id

    @pytest.mark.parametrize("output", ["", "\n", "x", "4_2", "+42", "-42", "٤٢", "42x", "Submitted batch job 42", "1;id\n$(id)"], ids=repr)
    def test_no_job_number(self, spawner, run, output):
        spawner.submitted = output
        assert failure_of(run, spawner).status_code == 503
        assert spawner.job_id == ""

    @pytest.mark.parametrize(
        "stderr, status, message",
        [
            (
                "sbatch: error: invalid partition specified: x\nsbatch: error: Batch job submission failed: Invalid partition name specified",
                400,
                "Slurm refused the job: invalid partition specified: x; Batch job submission failed: Invalid partition name specified",
            ),
            (
                "sbatch: error: Batch job submission failed: Requested reservation is invalid",
                400,
                "Slurm refused the job: Batch job submission failed: Requested reservation is invalid",
            ),
            (
                "sbatch: error: Batch job submission failed: Requested time limit is invalid (missing or exceeds some limit)",
                400,
                "Slurm refused the job: Batch job submission failed: Requested time limit is invalid (missing or exceeds some limit)",
            ),
            (
                "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)",
                503,
                "Slurm refused the job: Batch job submission failed: Unable to contact slurm controller (connect failure)",
            ),
            ("ssh: connect to host inner-name port 22: Connection refused", 503, "The job could not be handed to Slurm. Try again later"),
            ("", 503, "The job could not be handed to Slurm. Try again later"),
        ],
    )
    def test_refusals(self, spawner, run, stderr, status, message):
        spawner.submitted = RuntimeError(stderr)
        failure = failure_of(run, spawner)
        assert (failure.status_code, failure.jupyterhub_message) == (status, message)

    def test_a_percent_sign_in_a_refusal_is_only_text(self):
        assert "100%s" in str(submission_error("sbatch: error: 100%s full"))


class TestStop:
    def test_a_job_that_is_gone_counts_as_cancelled(self, spawner, run):
        say_port(spawner)
        run(spawner.start())
        spawner.states = [""]
        spawner.queries = 0

        async def refuse(cmd, input=None, env=None):
            if "scancel" in cmd:
                raise RuntimeError("scancel: error: Invalid job id 42")
            return ""

        spawner.run_command = refuse
        run(spawner.stop())

    def test_a_job_that_cannot_be_cancelled_is_an_error(self, spawner, run):
        spawner.job_id = "42"

        async def refuse(cmd, input=None, env=None):
            if "scancel" in cmd:
                raise RuntimeError("scancel: error: Access denied")
            return "RUNNING node1"

        spawner.run_command = refuse
        with pytest.raises(RuntimeError, match="Access denied"):
            run(spawner.stop())


class TestState:
    def test_survives_a_restart_with_the_running_project_only(self, spawner, run):
        say_port(spawner)
        run(spawner.start())
        state = spawner.get_state()
        assert state["job_id"] == "42"
        assert state["brics_projects"] == {"project1.brics": PROJECTS["project1.brics"]}

        again = type(spawner)(user_options=dict(OPTIONS))
        again.load_state(state)
        assert (again.job_id, again.req_username, again.req_homedir) == ("42", "alice.project1", "/home/project1/alice.project1")
        assert run(again.poll()) is None

    def test_nothing_personal_is_kept_without_a_job(self, spawner):
        assert "brics_projects" not in spawner.get_state()

    @pytest.mark.parametrize("stored", [None, [], {"p.brics": {"name": "x", "username": "x; touch F #"}}], ids=repr)
    def test_malformed_state(self, spawner, stored):
        spawner.load_state({"job_id": "42", "brics_projects": stored})
        assert spawner.brics_projects == {}


def test_progress_says_each_thing_once(spawner, run):
    async def collect():
        messages = []
        async for event in spawner.progress():
            messages.append(event["message"])
            if len(messages) == 1:
                spawner.job_id, spawner.job_status = "42", "PENDING n/a"
            elif len(messages) == 2:
                spawner.job_status = "RUNNING node1"
            else:
                return messages

    assert run(collect()) == [
        "Submitting the job",
        "Job 42 is waiting in the queue",
        "Job 42 is running, its notebook server is starting",
    ]
