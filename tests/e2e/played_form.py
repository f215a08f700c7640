"""A rendered Kubernetes form, played by podman: what no podman plays is left out, what an old one can't do is written otherwise.

Rights, commands, init container, mounts and probes of the containers stay as a cluster gets them. Knows nothing of envtool.
"""

import base64
import copy
import io
import subprocess
import tarfile

import yaml
from environment import PODMAN, free_port, podman, podmans

# So that podman keeps the init container when it has ended: old ones fail now and then when they remove it.
KEEP_INIT = {"io.podman.annotations.init.container.type": "always"}


class PlayedForm:
    def __init__(self, file, folder, name):
        self.folder, self.name = folder, name
        self.documents = [document for document in yaml.safe_load_all(file.read_text()) if document]
        self.secrets = self.of_kind("Secret")
        self.maps = self.of_kind("ConfigMap")
        self.template = self.documents[-1]["spec"]["template"]
        self.volumes = set()

    def of_kind(self, kind):
        return {document["metadata"]["name"]: document for document in self.documents if document["kind"] == kind}

    def secret(self, name):
        return {key: base64.b64decode(value) for key, value in self.secrets[name]["data"].items()}

    def __enter__(self):
        self.remove()
        self.roots = {}
        try:
            self.play()
        except subprocess.CalledProcessError:  # a port that somebody took meanwhile; old podmans fail to play now and then
            self.remove()
            self.play()
        return self

    def play(self):
        self.port = free_port()
        file = self.folder / "pod.yaml"
        file.write_text(yaml.safe_dump(self.pod()))
        podman("kube", "play", "--quiet", "--build=false", *self.config_maps(), file)

    def __exit__(self, *_):
        self.remove()

    def remove(self):
        podman("pod", "rm", "--force", "--ignore", self.name)
        for volume in [*self.volumes, *self.maps]:
            podmans.run(PODMAN, "volume", "rm", "--force", volume)

    def config_maps(self):
        """podman 4.3 reads one document of a file."""
        for name, document in self.maps.items():
            file = self.folder / f"{name}.yaml"
            file.write_text(yaml.safe_dump(document))
            yield from ("--configmap", file)

    def pod(self):
        spec = copy.deepcopy(self.template["spec"])
        seeds = {volume["name"].removeprefix("seed-"): self.seed(volume) for volume in spec["volumes"] if volume["name"].startswith("seed-")}
        for volume in spec["volumes"]:
            self.make_volume(volume, seeds.get(volume["name"]))
        for container in spec["initContainers"] + spec["containers"]:
            self.lower(container)
        for container in spec["containers"]:
            spec["volumes"] += self.lower_sub_paths(container)
        metadata = {"name": self.name, "labels": self.template["metadata"]["labels"], "annotations": KEEP_INIT}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}

    def seed(self, volume):
        if "secret" in volume:
            return self.secret(volume["secret"]["secretName"])["seed.tar"]
        return base64.b64decode(self.maps[volume["configMap"]["name"]]["binaryData"]["seed.tar"])

    def make_volume(self, volume, seed):
        """Sub paths become paths of this machine, which must be there before the init container runs."""
        if "configMap" in volume:
            return
        name = f"{self.name}-{volume['name']}"
        self.volumes.add(name)
        podman("volume", "create", name)
        if "secret" in volume and volume["name"].startswith("seed-"):
            seed = tar_of(self.secret(volume["secret"]["secretName"]), 0o644)
        elif "secret" in volume:
            seed = tar_of(self.secret(volume["secret"]["secretName"]), volume["secret"]["defaultMode"])
        if seed:
            podmans.run(PODMAN, "volume", "import", name, "-", stdin=None, input=seed, text=False, check=True)
        self.roots[volume["name"]] = podman("volume", "inspect", "--format", "{{.Mountpoint}}", name).strip()
        for source in ("secret", "persistentVolumeClaim", "emptyDir"):
            volume.pop(source, None)
        volume["persistentVolumeClaim"] = {"claimName": name}

    def lower(self, container):
        container["image"] = container["image"].replace("registry.test/", "localhost/")
        container["imagePullPolicy"] = "Never"
        container.pop("resources")  # limits take cgroups, which not every machine lets accounts make
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            container.pop(probe, None)
        for port in container.get("ports", []):
            port |= {"hostPort": self.port, "hostIP": "127.0.0.1"}
        for variable in container.get("env", []):
            reference = variable.get("valueFrom", {}).get("secretKeyRef")
            if reference:
                del variable["valueFrom"]
                variable["value"] = self.secret(reference["name"])[reference["key"]].decode()

    def lower_sub_paths(self, container):
        volumes = []
        for number, mount in enumerate(container.get("volumeMounts", [])):
            path = mount.pop("subPath", None)
            if path:
                name = f"{container['name']}-{number}"
                volumes.append({"name": name, "hostPath": {"path": f"{self.roots[mount['name']]}/{path}"}})
                mount["name"] = name
        return volumes

    # --- Looking into it

    def exec(self, container, *command):
        return podmans.run(PODMAN, "exec", f"{self.name}-{container}", *command)

    def container(self, name):
        return next(container for container in self.template["spec"]["containers"] if container["name"] == name)

    def probe(self, container, kind):
        return self.container(container)[kind]["exec"]["command"]


def tar_of(files, mode):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))
    return stream.getvalue()
