// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {IBonds} from "../interfaces/IBonds.sol";
import {Fault, Member, Phase, Session} from "../types/SessionTypes.sol";
import {SessionStore} from "./SessionStore.sol";

/// @title Bonds
/// @notice Withdrawals. State changes come before the transfer, so a recipient that calls back finds nothing left.
abstract contract Bonds is SessionStore, IBonds {
    /// @inheritdoc IBonds
    function withdrawBond(bytes32 sid, address payable recipient) external {
        Session storage session = _session(sid);
        if (block.timestamp < session.bondReleaseTime && _phase(session) != Phase.Aborted) {
            revert BondLocked(session.bondReleaseTime);
        }
        Member memory member = _members[sid][msg.sender];
        // The half that a passed deadline forfeits must reach the beneficiary too.
        Fault fault = _recordDueFault(sid, session, msg.sender, member);
        uint256 amount = _bond(session, member, fault);
        if (amount == 0) revert NothingToWithdraw(msg.sender);
        session.withdrawn = session.withdrawn.add(member.seat);
        emit BondWithdrawn(sid, msg.sender, recipient, amount);
        Address.sendValue(recipient, amount);
    }

    /// @inheritdoc IBonds
    function withdrawForfeits(bytes32 sid) external {
        Session storage session = _session(sid);
        uint256 amount = session.forfeits;
        address payable beneficiary = payable(session.beneficiary);
        if (amount == 0) revert NothingToWithdraw(beneficiary);
        session.forfeits = 0;
        emit ForfeitsWithdrawn(sid, beneficiary, amount);
        Address.sendValue(beneficiary, amount);
    }

    /// @inheritdoc IBonds
    function bondOf(bytes32 sid, address account) external view returns (uint256) {
        Session storage session = _session(sid);
        Member memory member = _members[sid][account];
        return _bond(session, member, _fault(session, member));
    }
}
