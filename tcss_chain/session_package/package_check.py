"""What must hold of a session package: in itself, and against the contract's hashes."""

from __future__ import annotations

from tcss_chain.chain.connection import Connection
from tcss_chain.chain.errors import ContractRefusedError
from tcss_chain.chain.session_reads import SessionReads, SessionState
from tcss_chain.protocol.aggregate import aggregate_dealings
from tcss_chain.protocol.dealing import Dealing
from tcss_chain.protocol.posted_dealing import dealings_hash
from tcss_chain.protocol.roster import bitmap_of, empty_roster_hash, roster_hash_after_join, seats_of
from tcss_chain.protocol.session import Phase, session_id

from .errors import PackageContradictsChainError, PackageMismatchError
from .package import SessionPackage


def check_package(package: SessionPackage) -> None:
    """
    Check everything that can be checked without a chain.

    That is integrity, not truth: anybody can make up a whole session with hashes that fit.

    Parameters
    ----------
    package : SessionPackage
        Its values are in range, as `decode_package` leaves them.

    Raises
    ------
    PackageMismatchError
        If the session id is not the hash of chain, contract, creator, salt and configuration; joins or
        dealings are not by members, not all different, or do not lead to their hashes; the qualified set
        is not one of at least ``t`` dealers; or the aggregate is not their sum or not what its hash says.
    """
    sid = session_id(package.chain_id, package.contract, package.creator, package.salt, package.configuration)
    if sid != package.sid:
        raise PackageMismatchError("the configuration does not hash to the session id")
    _check_joins(package)
    _check_dealings(package)
    _check_aggregate(package)


def check_against_chain(package: SessionPackage, connection: Connection) -> None:
    """
    Check a package in itself, and that it is of the active session that the contract keeps.

    Whoever trusts the contract's state may trust a package that passes, wherever it comes from. No old log is
    needed.

    Parameters
    ----------
    package : SessionPackage
        The package.
    connection : Connection
        A node.

    Raises
    ------
    PackageMismatchError
        If it contradicts itself; see `check_package`.
    PackageContradictsChainError
        If it is of another chain or contract, or of no active session, or the contract keeps another
        auditor's key, roster hash, dealings hash, qualified set or aggregate hash.
    NodeError
        If the node fails.
    """
    check_package(package)
    if package.chain_id != connection.chain_id:
        raise PackageContradictsChainError("the chain is another one")
    if package.contract != connection.contract_address:
        raise PackageContradictsChainError("the contract is another one")
    try:
        state = SessionReads(connection).state(package.sid)
    except ContractRefusedError:
        raise PackageContradictsChainError("the contract has no such session") from None
    check_state(package, state)


def check_state(package: SessionPackage, state: SessionState) -> None:
    """
    Compare a package with what the contract keeps of its session.

    Raises
    ------
    PackageContradictsChainError
        If something differs.
    """
    compared = {
        "the session is not active": state.phase is Phase.ACTIVE,
        "the auditor's key is another one": state.A == package.A,
        "the roster hash is another one": state.roster_hash == package.roster_hash,
        "the dealings hash is another one": state.dealings_hash == package.dealings_hash,
        "the qualified set is another one": state.qualified == package.qualified,
        "the aggregate hash is another one": state.aggregate_hash == package.aggregate_hash,
    }
    for what, holds in compared.items():
        if not holds:
            raise PackageContradictsChainError(what)


def _check_joins(package: SessionPackage) -> None:
    members = package.configuration.members
    roster_hash = empty_roster_hash(package.sid, package.A)
    for join in package.joins:
        if members[join.seat : join.seat + 1] != (join.account,):
            raise PackageMismatchError("somebody joined at a seat of somebody else")
        roster_hash = roster_hash_after_join(package.sid, roster_hash, join.account, join.keys)
    if len({join.seat for join in package.joins}) != len(package.joins):
        raise PackageMismatchError("somebody joined twice")
    if roster_hash != package.roster_hash:
        raise PackageMismatchError("the joins do not lead to the roster hash")


def _check_dealings(package: SessionPackage) -> None:
    keys = {join.account: join.keys for join in package.joins}
    threshold = package.configuration.threshold
    for each in package.dealings:
        if each.dealer not in keys:
            raise PackageMismatchError("somebody dealt without joining")
        if (len(each.dealing.B), len(each.dealing.C)) != (threshold, threshold):
            raise PackageMismatchError("a dealing has not as many commitments as the threshold")
    dealings = {each.dealer: each.dealing for each in package.dealings}
    if len(dealings) != len(package.dealings):
        raise PackageMismatchError("somebody dealt twice")
    # The hash of the dealings does not depend on their order, and there is one way to write a package.
    seats = [package.configuration.seat_of(dealer) for dealer in dealings]
    if seats != sorted(seats):
        raise PackageMismatchError("the dealings are not in the order of the seats")
    if dealings_hash(package.sid, keys, dealings) != package.dealings_hash:
        raise PackageMismatchError("the dealings do not lead to the dealings hash")


def _check_aggregate(package: SessionPackage) -> None:
    chosen = _qualified_dealings(package)
    if bitmap_of(chosen) != package.qualified:
        raise PackageMismatchError("somebody is qualified without having dealt")
    if len(chosen) < package.configuration.threshold:
        raise PackageMismatchError("fewer are qualified than the threshold")
    if aggregate_dealings([(dealing.B, dealing.C) for dealing in chosen.values()]) != package.aggregate:
        raise PackageMismatchError("the qualified dealings do not add up to the aggregate")
    aggregate_hash = package.aggregate.hash(package.sid, package.roster_hash, package.qualified)
    if aggregate_hash != package.aggregate_hash:
        raise PackageMismatchError("the aggregate does not hash to the aggregate hash")


def _qualified_dealings(package: SessionPackage) -> dict[int, Dealing]:
    """Give the dealings of the qualified set by seat, as far as they are there."""
    seats = {join.account: join.seat for join in package.joins}
    qualified = set(seats_of(package.qualified))
    return {seats[each.dealer]: each.dealing for each in package.dealings if seats[each.dealer] in qualified}
