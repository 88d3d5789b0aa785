"""Ask the gateway about the patients in held-out.json, and measure how many of its answers are right."""

from __future__ import annotations

import argparse
import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path


def main() -> None:
    """Ask and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gateway", help="its base URL, for example http://127.0.0.1:7300")
    parser.add_argument("--model", default="diagnosis", help="the model's name there")
    options = parser.parse_args()
    key = os.environ.get("TCSS_API_KEY")
    if not key:
        sys.exit("put the API key that the gateway's operator gave you into TCSS_API_KEY")
    held_out = json.loads(Path("held-out.json").read_text(encoding="utf8"))
    request = urllib.request.Request(  # noqa: S310  # the address is the user's own
        f"{options.gateway}/v1/models/{options.model}/predict",
        json.dumps({"inputs": held_out["inputs"]}).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        sys.exit(f"the gateway answered {error.code}: {error.read().decode()}")
    labels = held_out["labels"]
    right = sum(found == label for found, label in zip(answer["outputs"]["label"], labels, strict=True))
    print(f"{right} of {len(labels)} patients right: {right / len(labels):.1%}")


if __name__ == "__main__":
    main()
