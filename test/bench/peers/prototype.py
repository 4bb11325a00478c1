"""Builds an image as pycontainer's prototype did: pip, then plain tars that Python writes, for dependencies and app.

usage: prototype.py PROJECT BASE_LAYOUT WORK_FOLDER

What pip installed is kept while requirements.txt stays the same.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile

project, base, work = sys.argv[1:]
layout = f"{work}/image"
blobs = f"{layout}/blobs/sha256"


def blob_of(data):
    digest = hashlib.sha256(data).hexdigest()
    with open(f"{blobs}/{digest}", "wb") as file:
        file.write(data)
    return {"digest": f"sha256:{digest}", "size": len(data)}


def layer_of(folder, place):
    """A tar without compression; written once, read once to hash it."""
    temporary = f"{work}/layer.tar"
    with tarfile.open(temporary, "w") as tar:
        tar.add(folder, place, filter=plain)
    with open(temporary, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = os.path.getsize(temporary)
    os.replace(temporary, f"{blobs}/{digest}")
    return {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": f"sha256:{digest}", "size": size}


def plain(info):
    info.uid = info.gid = info.mtime = 0
    info.uname = info.gname = ""
    return info


def installed():
    """The layer of what the requirements name."""
    with open(f"{project}/requirements.txt", "rb") as file:
        wanted = hashlib.sha256(file.read()).hexdigest()
    try:
        with open(f"{work}/installed.json") as file:
            known = json.load(file)
        if known["wanted"] == wanted:
            return known["layer"]
    except FileNotFoundError:
        pass
    shutil.rmtree(f"{work}/site", ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--target", f"{work}/site", "--no-index", "--no-deps", "--quiet"]
    more = ["--no-compile", "--no-cache-dir", "--find-links", f"{project}/wheels", "-r", f"{project}/requirements.txt"]
    subprocess.run(pip + more, check=True)
    layer = layer_of(f"{work}/site", "usr/lib/python3/dist-packages")
    with open(f"{work}/installed.json", "w") as file:
        json.dump({"wanted": wanted, "layer": layer}, file)
    return layer


def read(name):
    with open(f"{base}/{name}", "rb") as file:
        return json.load(file)


os.makedirs(blobs, exist_ok=True)
manifest = read("blobs/" + read("index.json")["manifests"][0]["digest"].replace(":", "/"))
config = read("blobs/" + manifest["config"]["digest"].replace(":", "/"))
for layer in manifest["layers"]:
    name = layer["digest"].replace(":", "/")
    if not os.path.exists(f"{layout}/blobs/{name}"):
        shutil.copyfile(f"{base}/blobs/{name}", f"{layout}/blobs/{name}")
own = [installed(), layer_of(f"{project}/src", "app/src")]
manifest["layers"] += own
config["rootfs"]["diff_ids"] += [layer["digest"] for layer in own]
config["config"] = {**config.get("config", {}), "Cmd": ["python3", "src/main.py"], "WorkingDir": "/app"}
manifest["config"].update(blob_of(json.dumps(config).encode()))
media_type = "application/vnd.oci.image.manifest.v1+json"
index = {"schemaVersion": 2, "manifests": [{"mediaType": media_type, **blob_of(json.dumps(manifest).encode())}]}
for name, document in {"index.json": index, "oci-layout": {"imageLayoutVersion": "1.0.0"}}.items():
    with open(f"{layout}/{name}", "w") as file:
        json.dump(document, file)
