"""A small environment for tests that bring it up many times: one image of one static program, a clone, a volume, a secret.

Its podman can be made to fail (see podman_with_faults), and envtool can be stopped at any call of podman.
"""

import io
import os
import select
import shutil
import signal
import stat
import subprocess
import tarfile
import tempfile
from pathlib import Path

from environment import PODMAN, envtool_program, free_port, podman, podman_lists, podmans

HERE = Path(__file__).parent
NAME = "faults"
POD = "faults-faults"
IMAGE = "localhost/envtool-faults/app:test"
PATIENCE = 120  # seconds for what takes a few

# Ends at once with `ready` on its command line; stays until it is told to end otherwise, and with `serve` answers every request
# at port 8080 meanwhile.
PROGRAM = r"""
#include <arpa/inet.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
static void end(int number) { (void)number; _exit(0); }
static void serve(void) {
  static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8080)};
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0 || listen(listener, 16) != 0) _exit(1);
  for (;;) {
    char request[4096];
    const int client = accept(listener, 0, 0);
    if (read(client, request, sizeof request) > 0) (void)!write(client, answer, sizeof answer - 1);
    shutdown(client, SHUT_WR);
    while (read(client, request, sizeof request) > 0);
    close(client);
  }
}
int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "ready") == 0) return write(1, "ready\n", 6) != 6;
  signal(SIGTERM, end);
  if (argc > 1 && strcmp(argv[1], "serve") == 0) serve();
  for (;;) pause();
}
"""

DEFINITION = """
title: Small, for tests of faults
stem: faults
repositories:
  code: {{ url: "{repository}", path: images/app/_dev_build_data/code }}
images:
  app: {{ reference: {image}, context: images/app, repositories: {{ code: code }} }}
volumes:
  data: {{ trees: [volumes/data] }}
secrets:
  token: {{ random: {{ file: token, bytes: 16 }}, key: token }}
manifest: {{ template: manifests/pod.yaml.j2 }}
deploy:
  keys:
    colour: {{ type: text, default: blue, description: A colour }}
ready:
  app: {{ description: the app to answer, exec: {{ container: app, command: [/program, ready], expect: ready }}, timeout: 60 }}
"""

SERVED_NAME = "served"
SERVED = """
title: Small, with a program that answers
extends: [../faults/env.yaml]
ports:
  web: {{ container: app, container_port: 8080, host_port: {port} }}
ready:
  web: {{ description: the program to answer, http: {{ port: web, path: / }}, timeout: 60 }}
"""

MANIFEST = """
apiVersion: v1
kind: Pod
metadata: { name: "{{ pod }}" }
spec:
  containers:
  - name: app
    image: "{{ images.app }}"
    imagePullPolicy: Never
    command: {{ ["/program", "serve"] if ports else ["/program"] }}
    {%- if ports %}
    ports: [{ containerPort: 8080, hostIP: 127.0.0.1, hostPort: {{ ports.web.host_port }} }]
    {%- endif %}
    volumeMounts: [{ name: data, mountPath: /data }, { name: token, mountPath: /token }]
  volumes:
  - { name: data, persistentVolumeClaim: { claimName: "{{ volumes.data }}" } }
  - { name: token, secret: { secretName: "{{ secrets.token }}" } }
"""

CONTAINERFILES = {
    "Containerfile": "FROM scratch\nCOPY program /program\nCOPY code /code\n",
    "Containerfile.empty": "FROM scratch\nCOPY code /code\n",
    "Containerfile.endless": 'FROM scratch\nCOPY program /program\nRUN ["/program"]\n',
}
DATA = {f"file-{n}": os.urandom(4096).hex() for n in range(64)}


def write(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def git(folder, *arguments):
    identity = ["-c", "user.name=tests", "-c", "user.email=tests@example.org"]
    subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True)


def make_repository(folder):
    """One commit of files that don't compress."""
    folder.mkdir()
    git(folder, "init", "--initial-branch=main")
    for n in range(32):
        (folder / f"file-{n}").write_bytes(os.urandom(64 * 1024))
    git(folder, "add", ".")
    git(folder, "commit", "--message=Begin")


def compile_program(file, text=PROGRAM):
    file.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cc", "-static", "-Os", "-x", "c", "-", "-o", file], input=text, text=True, check=True)


def real_podman_lists():
    """All that podman shows, images without a name, too."""
    lists = podman_lists()
    images = podman("images", "--format", "{{.ID}} {{.Repository}}").splitlines()
    lists["unnamed images"] = {line for line in images if "<none>" in line}
    return lists


class Small:
    """The environment in a project at `folder`. What podman is told goes through `orders`, which podman's user can write to."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder = folder
        self.deploy_directory = folder / "deploy" / NAME
        self.clone = folder / "images/app/_dev_build_data/code"
        self.repository = folder / "repository"
        make_repository(self.repository)
        write(folder / "envs" / NAME / "env.yaml", DEFINITION.format(repository=f"file://{self.repository}", image=IMAGE))
        write(folder / "manifests/pod.yaml.j2", MANIFEST)
        for name, text in CONTAINERFILES.items():
            write(folder / "images/app" / name, text)
        for name, text in DATA.items():
            write(folder / "volumes/data" / name, text)
        compile_program(folder / "images/app/program")
        self._put_podman_in_front()

    def _put_podman_in_front(self):
        self.orders = Path(tempfile.mkdtemp(prefix="envtool-faults-"))
        self.orders.chmod(0o777)
        wrapper = self.orders / "podman"
        text = (HERE / "podman_with_faults").read_text()
        real = subprocess.check_output([*podmans.prefix(PODMAN), "sh", "-c", "command -v podman"], text=True).strip()
        wrapper.write_text(text.replace("@ORDERS@", str(self.orders)).replace("@PODMAN@", real))
        wrapper.chmod(0o755)
        os.mkfifo(self.orders / "reached")
        (self.orders / "reached").chmod(0o666)
        self.reached = os.open(self.orders / "reached", os.O_RDWR | os.O_NONBLOCK)

    def remove(self):
        self.order(None)
        os.close(self.reached)
        shutil.rmtree(self.orders)

    def break_program(self):
        """From the next `up` on there is an image whose program never gets ready."""
        compile_program(self.folder / "images/app/program", PROGRAM.replace("return write(", "return 1 || write("))

    def mend_program(self):
        compile_program(self.folder / "images/app/program")

    def order(self, order):
        """What the next run's podman is to do; the count of its calls begins anew."""
        for call in self.orders.glob("call-*"):
            shutil.rmtree(call)
        (self.orders / "order").write_text(f"{order or ''}\n")

    def calls(self):
        return len(list(self.orders.glob("call-*")))

    def command_line(self, *arguments):
        return [*podmans.prefix(PODMAN), envtool_program(), "--project", self.folder, "--progress", "plain", *arguments]

    def start(self, command, *arguments, order=None):
        return self.start_any(command, NAME, *arguments, order=order)

    def start_any(self, *arguments, order=None):
        self.order(order)
        return subprocess.Popen(
            self.command_line(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PATH": f"{self.orders}:{os.environ['PATH']}"},
        )

    def run(self, command, *arguments, order=None):
        """Its exit code and what it said."""
        with self.start(command, *arguments, order=order) as process:
            said = process.communicate(timeout=PATIENCE)
        return process.returncode, "".join(said)

    def define_served(self):
        """One more environment, whose program answers at a published port."""
        definition = SERVED.format(port=free_port())
        write(self.folder / "envs" / SERVED_NAME / "env.yaml", definition)

    def envtool(self, *arguments):
        """Any command, started; what podman is told is no matter here."""
        return subprocess.Popen(
            self.command_line(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def says(self, *arguments):
        """What a command that succeeds prints."""
        with self.envtool(*arguments) as process:
            out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, out + err
        return out

    def succeeds(self, command, *arguments):
        code, said = self.run(command, *arguments)
        assert code == 0, said

    def wait_for_podman(self, process):
        """The process group of the podman that waits to be ended; None if envtool ended before it came to that."""
        ended = os.pidfd_open(process.pid)
        try:
            ready, _, _ = select.select([self.reached, ended], [], [], PATIENCE)
            assert ready, "neither was podman reached nor did envtool end"
            return int(os.read(self.reached, 100)) if self.reached in ready else None
        finally:
            os.close(ended)

    def kill_at(self, order, command, *arguments):
        """Ends envtool and the podman that it has come to, without warning. False if it ended by itself before."""
        with self.start(command, *arguments, order=order) as process:
            group = self.wait_for_podman(process)
            if group is not None:
                process.kill()
                os.killpg(group, signal.SIGKILL)
            said = process.communicate(timeout=PATIENCE)
        assert group is not None or process.returncode == 0, "".join(said)
        return group is not None

    def check_it_is_up(self):
        assert podman("pod", "inspect", "--format", "{{.State}}", POD).strip() == "Running"
        assert podman("exec", f"{POD}-app", "/program", "ready") == "ready\n"
        assert self.files_of(f"data_{NAME}") == DATA
        assert stat.S_IMODE((self.deploy_directory / "token").stat().st_mode) == 0o600

    @staticmethod
    def image_that_runs():
        return podman("inspect", "--format", "{{.Image}}", f"{POD}-app").strip()

    @staticmethod
    def file_in_pod(path):
        """The program's image has nothing to read it with."""
        copied = podmans.run(PODMAN, "cp", f"{POD}-app:{path}", "-", text=False, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(copied)) as archive:
            return archive.extractfile(archive.next()).read()

    @staticmethod
    def files_of(volume):
        folder = Path(podman("volume", "inspect", "--format", "{{.Mountpoint}}", volume).strip())
        return {file.name: file.read_text() for file in folder.iterdir()}
