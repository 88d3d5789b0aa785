// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {OpeningLog} from "./OpeningLog.sol";
import {IOpeningLog} from "./interfaces/IOpeningLog.sol";
import {Activation} from "./sessions/Activation.sol";
import {Bonds} from "./sessions/Bonds.sol";
import {Complaints} from "./sessions/Complaints.sol";
import {Sessions} from "./sessions/Sessions.sol";
import {SessionViews} from "./sessions/SessionViews.sol";
import {Traces} from "./sessions/Traces.sol";

/// @title TCSS
/// @notice Traceable threshold sharing of a key: sessions in which organisations build a key that nobody holds, complaints
/// about wrong dealings, and convictions of those who leak their shares. It has no owner and cannot be upgraded.
contract TCSS is Sessions, SessionViews, Complaints, Activation, Traces, Bonds {
    /// @notice The log of openings; deployed with this contract, which cannot change it.
    IOpeningLog public immutable openingLog = new OpeningLog();

    /// @notice The domain of the signatures is the name, the version, this chain and this contract.
    constructor() EIP712("TCSS", "1") {}
}
