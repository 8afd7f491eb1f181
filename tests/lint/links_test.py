#!/usr/bin/env python3
"""Every relative link of a document leads to a file of the checkout."""

import os
import re

import checkout

documents = checkout.files(".md")
for path in documents:
    text = re.sub(r"```.*?```", "", checkout.read(path), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        target = target.split("#")[0]
        if not target or re.match(r"[a-z]+:", target):
            continue
        if not checkout.exists(os.path.join(os.path.dirname(path), target)):
            checkout.complain(f"{path}: links to {target}, which is not there")
checkout.finish(f"{len(documents)} documents")
