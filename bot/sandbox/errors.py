"""What can go wrong before a local chain runs; each text says what to do."""

from bot.domain.errors import HaltError, RetryableError


class PackageUnavailable(RetryableError):
    """A pinned package could not be fetched."""

    def __init__(self, package: str, reason: str) -> None:
        super().__init__(f"cannot fetch {package}: {reason}; check the network and npm, then retry")
        self.package, self.reason = package, reason


class IntegrityMismatch(HaltError):
    """A fetched package is not the one that was pinned."""

    def __init__(self, package: str, found: str, expected: str) -> None:
        super().__init__(
            f"{package} has integrity {found}, pinned is {expected}; nothing of it was used:"
            " look at what your npm registry or proxy serves"
        )
        self.package, self.found, self.expected = package, found, expected


class LocalChainFailed(HaltError):
    """Anvil did not start, or the chain it built is not what it should be."""
