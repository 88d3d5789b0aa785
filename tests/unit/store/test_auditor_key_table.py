"""The auditor's keys: one for each session, never replaced."""

from __future__ import annotations

import pytest
from support.states import OTHER_SID, PASSPHRASE, SID, found_in_files, new_state

from tcss_chain.auditor.auditor_key import AuditorKey
from tcss_chain.curve import GROUP_ORDER
from tcss_chain.store.auditor_key_table import AuditorKeyTable
from tcss_chain.store.errors import AuditorKeyExistsError, UnstorableValueError
from tcss_chain.store.state_database import StateDatabase


def test_keys_survive_a_restart_and_are_sealed(folder):
    first, second = AuditorKey.draw(), AuditorKey.draw()
    with new_state(folder) as database:
        AuditorKeyTable(database).save(OTHER_SID, second)
        AuditorKeyTable(database).save(SID, first)
    assert found_in_files(folder, [key.alpha.to_bytes(32, "big") for key in (first, second)]) == []
    with StateDatabase.open(folder, PASSPHRASE) as database:
        table = AuditorKeyTable(database)
        assert (table.load(SID), table.load(OTHER_SID)) == (first, second)
        assert table.all_sids() == (SID, OTHER_SID)


def test_another_key_is_refused_and_the_first_one_stays(database):
    table, key = AuditorKeyTable(database), AuditorKey.draw()
    table.save(SID, key)
    table.save(SID, AuditorKey(key.alpha))
    other = AuditorKey.draw()
    with pytest.raises(AuditorKeyExistsError) as caught:
        table.save(SID, other)
    assert table.load(SID) == key
    for secret in (key.alpha, other.alpha):
        assert str(secret) not in str(caught.value)
        assert f"{secret:x}" not in str(caught.value)


def test_an_unknown_session_has_no_key(database):
    assert AuditorKeyTable(database).load(SID) is None
    assert AuditorKeyTable(database).all_sids() == ()


@pytest.mark.parametrize("alpha", [0, GROUP_ORDER, -1])
def test_what_is_no_key_is_refused(database, alpha):
    with pytest.raises(UnstorableValueError):
        AuditorKeyTable(database).save(SID, AuditorKey(alpha))
