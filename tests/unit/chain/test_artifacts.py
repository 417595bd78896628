"""What is not compiled is said to be not compiled."""

import pytest

from bot.chain.artifacts import load_artifact
from bot.domain.errors import BadConfiguration


def test_a_contract_that_was_not_built_says_how_to_build_it() -> None:
    with pytest.raises(BadConfiguration, match="not compiled; run: make contracts"):
        load_artifact("NoSuchContract")
