"""The model's owner in the demonstration: trains a classifier, seals it, keeps no plain copy."""

from __future__ import annotations

from itertools import combinations, islice
from pathlib import Path
from typing import Final

from eth_account.signers.local import LocalAccount

from tcss_chain.auditor.session_auditor import AuditorKey, SessionAuditor
from tcss_chain.chain.connection import Connection
from tcss_chain.participant.secrets_store import FinalShare
from tcss_chain.protocol.model_key import model_key, wipe
from tcss_chain.protocol.partial_decryption import combine
from tcss_chain.protocol.sealing_key import make_sealing_key, verify_sealing_key
from tcss_chain.sealed_model import open_to_memory, read_header, seal_file
from tcss_chain.sealed_model.errors import WrongModelKeyError

from .diagnosis import CONTEXT, MODEL, Diagnosis, train_diagnosis
from .errors import DemoError
from .narrator import Narrator

_MOST_SETS: Final = 50


def seal_diagnosis(
    folder: Path,
    owner: LocalAccount,
    connection: Connection,
    auditor: SessionAuditor,
    key: AuditorKey,
    narrator: Narrator,
) -> tuple[Path, Diagnosis]:
    """
    Train the classifier and seal it for the session.

    Parameters
    ----------
    folder : Path
        Where files go.
    owner : LocalAccount
        The owner's key.
    connection : Connection
        Names chain and contract.
    auditor : SessionAuditor
        The auditor of the active session.
    key : AuditorKey
        Its key.
    narrator : Narrator
        Told of what happens.

    Returns
    -------
    sealed : Path
        The sealed model.
    diagnosis : Diagnosis
        What was trained, for the measurements.

    Raises
    ------
    DemoError
        If the sealing key does not prove to be the session's.
    """
    diagnosis = train_diagnosis()
    patients = f"{len(diagnosis.labels)} patients held out"
    narrator.line(f"trained, exported to ONNX: {diagnosis.own_accuracy:.1%} right for {patients}")
    session, aggregate = auditor.tracer.session, auditor.tracer.aggregate
    roster = session.roster
    sealing_key = make_sealing_key(key.alpha, roster.sid, roster.A, aggregate, session.aggregate_hash)
    if not verify_sealing_key(sealing_key, roster.A, aggregate, session.aggregate_hash):
        raise DemoError("the sealing key is not the session's")
    narrator.line("the owner gets the sealing key from the auditor, and checks its proof")
    plain, sealed = folder / "diagnosis.onnx", folder / "diagnosis.tcss"
    plain.write_bytes(diagnosis.onnx)
    signed = seal_file(
        plain,
        sealed,
        sealing_key=sealing_key,
        account=owner,
        model=MODEL,
        context=CONTEXT,
        chain_id=connection.chain_id,
        contract=connection.contract_address,
    )
    plain.unlink()
    size = f"{sealed.stat().st_size:,} bytes"
    narrator.line(f"sealed: {size} [dim](BLAKE3 {signed.capsule.label.digest.hex()[:16]}...)[/]")
    return sealed, diagnosis


def require_useless(sealed: Path, shares: list[FinalShare], threshold: int, narrator: Narrator) -> None:
    """
    Try to open a sealed model with fewer shares than the threshold, every way there is.

    Parameters
    ----------
    sealed : Path
        The sealed model.
    shares : list of FinalShare
        All shares.
    threshold : int
        How many are needed.
    narrator : Narrator
        Told of the outcome.

    Raises
    ------
    DemoError
        If it opens.
    """
    header = read_header(sealed)
    capsule = header.signed.capsule
    tried = 0
    for chosen in islice(combinations(shares, threshold - 1), _MOST_SETS):
        key = model_key(combine({share.x: capsule.c * share.y for share in chosen}), capsule)
        try:
            open_to_memory(sealed, key, header).wipe()
        except WrongModelKeyError:
            tried += 1
        else:
            raise DemoError(f"{len(chosen)} shares opened a model that needs {threshold}")
        finally:
            wipe(key)
    narrator.line(f"any {threshold - 1} of them with all their shares: {tried} sets tried, none opens it")
