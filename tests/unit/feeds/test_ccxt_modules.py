"""Lean ccxt: only what is asked for is loaded, and everybody meets the same classes."""

import ssl
import subprocess
import sys

import pytest

from bot.domain.errors import BadConfiguration
from bot.feeds.ccxt_modules import rest_class, socket_class, trusting


def said_by(script: str) -> list[str]:
    """Return what a fresh process prints."""
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    return ran.stdout.split()


def test_one_venue_loads_no_other() -> None:
    script = """
import sys
from bot.feeds.ccxt_modules import socket_class
socket_class("kraken")()
venues = [name for name in sys.modules if name.startswith("ccxt.pro.")]
print(*venues, "ccxt.binance" in sys.modules, len([n for n in sys.modules if "ccxt" in n]) < 40)
"""
    assert said_by(script) == ["ccxt.pro.kraken", "False", "True"]


def test_whoever_imports_ccxt_later_has_all_of_it_and_the_same_classes() -> None:
    script = """
from bot.feeds.ccxt_modules import rest_class, socket_class, socket_module
lean, plain = socket_class("kraken"), rest_class("kraken")
from ccxt import pro
import ccxt, ccxt.async_support
print(pro.kraken is lean, ccxt.async_support.kraken is plain, issubclass(lean, plain))
print(pro.okx.__name__, ccxt.kraken.__name__, "binance" in pro.exchanges, ccxt.__version__ > "4")
print(pro.RequestTimeout is ccxt.RequestTimeout is ccxt.async_support.RequestTimeout)
print(socket_class("kraken") is lean, pro.kraken is lean, socket_module() is pro)
print(hasattr(pro, "no_such_name"), hasattr(ccxt, "no_such_name"))
"""
    expected = [*["True"] * 3, "okx", "kraken", *["True"] * 6, "False", "False"]
    assert said_by(script) == expected


def test_who_comes_after_the_whole_of_ccxt_takes_what_is_there() -> None:
    script = """
import ccxt.pro
from bot.feeds.ccxt_modules import rest_module, socket_class
print(socket_class("binance") is ccxt.pro.binance, rest_module() is ccxt.async_support)
"""
    assert said_by(script) == ["True", "True"]


@pytest.mark.parametrize("name", ["nowhere", "__init__", "base", "", "os.path", "Exchange"])
def test_what_is_no_exchange_is_said_to_be_none(name: str) -> None:
    for class_of in (rest_class, socket_class):
        with pytest.raises(BadConfiguration, match="no exchange is called"):
            class_of(name)


def test_all_clients_read_the_trusted_certificates_once() -> None:
    clients = [trusting(socket_class(venue)()) for venue in ("kraken", "coinbase")]
    assert clients[0].ssl_context is clients[1].ssl_context
    assert clients[0].ssl_context.verify_mode is ssl.CERT_REQUIRED
    assert clients[0].ssl_context.check_hostname
