#!/usr/bin/env python3
"""The manifests of scripts/kubernetes against the schemas of Kubernetes, as the npm package kubernetes-models has them. Skipped without node or it."""
import json
import os
import shutil
import subprocess
import sys

import page_test

MANIFESTS = os.path.join(page_test.HERE, "..", "..", "scripts", "kubernetes")


def main():
    if not shutil.which("node"):
        page_test.skip("no node: apt-get install nodejs")
    try:
        import yaml
    except ImportError:
        page_test.skip("no python3-yaml: apt-get install python3-yaml")
    npm, why = page_test.npm_folder()
    if npm is None or not os.path.isdir(os.path.join(npm, "node_modules", "kubernetes-models")):
        page_test.skip("no kubernetes-models: " + (why or "npm install --prefix tests/browser"))
    documents = []
    for name in sorted(os.listdir(MANIFESTS)):
        with open(os.path.join(MANIFESTS, name), encoding="utf-8") as file:
            documents += [document for document in yaml.safe_load_all(file) if document]
    done = subprocess.run(["node", os.path.join(page_test.HERE, "kubernetes.mjs")], input=json.dumps(documents).encode(), timeout=120,
                          env=dict(os.environ, MXS_NPM=npm))
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
