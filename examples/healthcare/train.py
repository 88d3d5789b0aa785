"""Train the diagnostic classifier and write it, and the patients that it has not seen, into this folder."""

from __future__ import annotations

import json
from pathlib import Path

from tcss_chain.demo.diagnosis import train_diagnosis


def main() -> None:
    """Train and write."""
    diagnosis = train_diagnosis()
    Path("diagnosis.onnx").write_bytes(diagnosis.onnx)
    held_out = {"inputs": diagnosis.inputs, "labels": diagnosis.labels}
    Path("held-out.json").write_text(json.dumps(held_out), encoding="utf8")
    print(f"diagnosis.onnx: {len(diagnosis.onnx):,} bytes")
    print(f"held-out.json: {len(diagnosis.labels)} patients, {diagnosis.own_accuracy:.1%} of them right here")


if __name__ == "__main__":
    main()
