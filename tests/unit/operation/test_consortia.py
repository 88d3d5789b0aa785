"""The consortium files that an operator's configuration names."""

from __future__ import annotations

import pytest

from tcss_chain.consortium import ConsortiumFileError
from tcss_chain.operation.consortia import load_consortia

from .conftest import consortium_content


def test_several_files_are_read_in_order(write_yaml):
    paths = [
        write_yaml("one.yaml", consortium_content()),
        write_yaml("two.yaml", consortium_content(members=4)),
    ]
    assert [len(each.members) for each in load_consortia(paths)] == [3, 4]
    assert load_consortia([]) == ()


@pytest.mark.parametrize("missing", ["address", "service"])
def test_a_file_that_only_names_members_is_refused(write_yaml, missing):
    content = consortium_content()
    del content["organisations"][1][missing]
    with pytest.raises(ConsortiumFileError) as caught:
        load_consortia([write_yaml("one.yaml", content)])
    assert caught.value.field == f"organisations[1].{missing}"


def test_two_files_with_the_same_terms_are_refused(write_yaml):
    """Which of them would a session belong to?"""
    first = write_yaml("one.yaml", consortium_content())
    second = write_yaml("two.yaml", consortium_content() | {"consortium": "Another name"})
    with pytest.raises(ConsortiumFileError, match=r"same terms as .*one\.yaml"):
        load_consortia([first, second])
    write_yaml("two.yaml", consortium_content() | {"bond": 6})
    assert len(load_consortia([first, second])) == 2
