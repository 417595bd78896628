"""Where a mode may go: paper nowhere but to this machine, live nowhere but to the venues."""

from bot.config import Config
from bot.domain.errors import BadConfiguration
from bot.modes import require_loopback


def require_here(config: Config) -> None:
    """Let paper go nowhere else, whoever asks for it: its positions are of play money.

    Raises:
        BadConfiguration: an account, the node or the relay of it are not on the loopback.
    """
    for account in config.accounts:
        require_loopback(f"the account at {account.venue}", account.url)
    if config.executor or config.wallet.trade:
        require_loopback("the node", config.node.http_url)
        require_loopback("the relay", config.relay.url)


def require_venues(config: Config) -> None:
    """Let live go to the venues themselves: what a stand-in says must move no real money.

    Raises:
        BadConfiguration: an account or a stream has a URL of its own.
    """
    for account in config.accounts:
        _require_own(f"[[accounts]] of {account.venue}", account.url)
    for stream in config.streams:
        _require_own(f"[[streams]] of {stream.venue}", stream.options.url)


def _require_own(what: str, url: str | None) -> None:
    if url is not None:
        told = f"{what} names a stand-in at {url}: leave out its url, or use --mode paper"
        raise BadConfiguration(f"live trades at the venues themselves: {told}")
