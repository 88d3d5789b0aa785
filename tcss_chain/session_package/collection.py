"""Making the package of an active session."""

from __future__ import annotations

from tcss_chain.chain.errors import ChainContradictionError
from tcss_chain.chain.session_view import SessionView
from tcss_chain.protocol.session import Phase

from .errors import PackageContradictsChainError, PackageMismatchError, PackageTooEarlyError
from .package import PackagedDealing, SessionPackage
from .package_check import check_package, check_state


def collect_package(view: SessionView) -> SessionPackage:
    """
    Collect the package of an active session, checked against the contract's hashes.

    Collect when the activation is final: a package of a branch of the chain that is no more is of no use.

    Parameters
    ----------
    view : SessionView
        The session, its events from a node that still has the logs, or from a package.

    Returns
    -------
    SessionPackage
        The same for everybody who asks.

    Raises
    ------
    PackageTooEarlyError
        If the session is not active.
    ChainContradictionError
        If the events do not lead to the contract's hashes; a node that dropped its old logs looks like
        that too.
    NodeError
        If the node fails.
    """
    state = view.reads.state(view.sid)
    if state.phase is not Phase.ACTIVE or state.A is None:
        raise PackageTooEarlyError(state.phase)
    created = view.created()
    roster = view.roster()
    dealings = view.dealings()
    package = SessionPackage(
        sid=view.sid,
        chain_id=view.connection.chain_id,
        contract=view.connection.contract_address,
        creator=created.creator,
        salt=created.salt,
        configuration=created.configuration,
        A=state.A,
        joins=tuple(view.events.joined(view.sid)),
        roster_hash=roster.roster_hash,
        dealings=tuple(PackagedDealing(dealer, dealing) for dealer, dealing in dealings.items()),
        dealings_hash=state.dealings_hash,
        qualified=state.qualified,
        aggregate=view.aggregate(roster, dealings),
        aggregate_hash=state.aggregate_hash,
    )
    try:
        check_package(package)
        check_state(package, view.reads.state(view.sid))
    except (PackageMismatchError, PackageContradictsChainError) as error:
        raise ChainContradictionError(error.what) from None
    return package
