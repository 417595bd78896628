"""No command takes a number that is none."""

import pytest
from click.testing import CliRunner

from bot.cli import main


@pytest.mark.parametrize(
    "arguments",
    [
        ("belief", "show", "USDC", "--age", "nan", "--", "-100"),
        ("belief", "show", "USDC", "--age", "1e308", "--", "-100"),
        ("belief", "show", "USDC", "--hit", "nan", "--", "-100"),
        ("belief", "show", "USDC", "--", "nan"),
        ("belief", "show", "USDC", "--", "-20000"),
        ("history", "similar", "--coin", "USDC", "--bps", "inf"),
        ("monitor", "--for", "nan"),
        ("sandbox", "exchange", "--speed", "nan"),
    ],
)
def test_a_number_that_means_nothing_is_refused(arguments: tuple[str, ...]) -> None:
    found = CliRunner(mix_stderr=False).invoke(main, arguments)
    assert found.exit_code == 2
    assert not found.stdout
    assert "Invalid value" in found.stderr
