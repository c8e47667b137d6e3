"""Pulls and pushes with the package oras: `pull REF FOLDER`, `push REF CONFIG:TYPE SIGNATURE [FILE:TYPE]...`."""

import os
import sys

for name in list(os.environ):
    if name.lower().endswith("_proxy"):
        del os.environ[name]

import oras.client

verb, reference, *rest = sys.argv[1:]
client = oras.client.OrasClient(insecure=True)
if verb == "pull":
    os.makedirs(rest[0], exist_ok=True)
    client.pull(target=reference, outdir=rest[0])
else:
    config, signature, *files = rest
    annotations = {}
    if signature:
        with open(signature, encoding="utf-8") as file:
            annotations["dev.patchbay.minisig"] = file.read()
    client.push(
        target=reference, files=files, manifest_config=config, manifest_annotations=annotations, quiet=True
    )
