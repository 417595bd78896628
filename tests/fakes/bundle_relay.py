"""A relay that takes everything, or fails as told, and remembers what it was given."""

from collections.abc import Sequence

from eth_utils.crypto import keccak

from bot.domain.errors import RepegError
from bot.execution.bundles import BundleReceipt, BundleRelay


class FakeRelay:
    """In memory; `failure` is raised by every call while it is set."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, int, str | None]] = []
        self.cancelled: list[str] = []
        self.failure: RepegError | None = None

    def send(
        self, raw_tx: bytes, target_block: int, replacement_uuid: str | None = None
    ) -> BundleReceipt:
        return self.send_all([raw_tx], target_block, replacement_uuid)

    def send_all(
        self, raw_txs: Sequence[bytes], target_block: int, replacement_uuid: str | None = None
    ) -> BundleReceipt:
        self._fail_if_told()
        self.sent += [(raw_tx, target_block, replacement_uuid) for raw_tx in raw_txs]
        hashes = [keccak(raw_tx) for raw_tx in raw_txs]
        return BundleReceipt(
            bundle_hash="0x" + keccak(b"".join(hashes)).hex(),
            transaction_hash="0x" + hashes[-1].hex(),
            target_block=target_block,
        )

    def cancel(self, replacement_uuid: str) -> tuple[str, ...]:
        self._fail_if_told()
        self.cancelled.append(replacement_uuid)
        return ()

    def close(self) -> None:
        pass

    def _fail_if_told(self) -> None:
        if self.failure is not None:
            raise self.failure


_fits_the_port: type[BundleRelay] = FakeRelay
