"""What every start pays for before anything may be traded."""

import subprocess
import sys

SCRIPT = """
import gc, sys
import bot.cli, click
bot.cli.main.get_command(click.Context(bot.cli.main), "run")
slow = "eth_account", "eth_utils", "web3", "py_ecc", "pyrevm", "ape", "bot.amm.router", "bot.app"
print(gc.isenabled(), *(name for name in slow if name in sys.modules))
"""


def test_a_run_loads_no_keys_no_search_and_no_second_chain_client_before_it_trades() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=120
    )
    assert ran.stdout.split() == ["True"]
