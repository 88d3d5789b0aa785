// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ContractAccount
/// @notice For tests only: an account with code, which forwards calls and, when it is paid, accepts, refuses or calls back.
contract ContractAccount {
    /// @notice What happens when money comes in.
    enum Behaviour {
        Accept,
        Refuse,
        CallBack
    }

    Behaviour public behaviour;
    address public callBackTo;
    bytes public callBackData;
    /// @notice How often it called back, and how often that succeeded.
    uint256 public callBacks;
    uint256 public successes;
    /// @notice What the last call back returned or reverted with.
    bytes public lastResult;

    /// @notice Chooses what happens when money comes in.
    function behave(Behaviour behaviour_, address to, bytes calldata data) external {
        behaviour = behaviour_;
        callBackTo = to;
        callBackData = data;
    }

    /// @notice Calls another contract in this account's name; its error is passed on.
    function forward(address to, bytes calldata data) external payable {
        (bool success, bytes memory result) = to.call{value: msg.value}(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    receive() external payable {
        if (behaviour == Behaviour.Refuse) revert();
        if (behaviour == Behaviour.CallBack) {
            ++callBacks;
            bool success;
            (success, lastResult) = callBackTo.call(callBackData);
            if (success) ++successes;
        }
    }
}
