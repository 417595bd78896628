"""One name per scale. Amounts are integers; a bare power of ten lives only here."""

from typing import NewType

Raw = NewType("Raw", int)  # token base units, scale = that token's decimals
Wad = NewType("Wad", int)  # 1.0 is 10**18
Bps = NewType("Bps", int)  # 1.0 is 10_000
Pips = NewType("Pips", int)  # 1.0 is 1_000_000
Wei = NewType("Wei", int)  # 1 ETH is 10**18
Nanos = NewType("Nanos", int)  # since the epoch, or monotonic where the name says so
Address = NewType("Address", str)  # EIP-55 checksummed, 0x-prefixed

WAD = 10**18
BPS = 10_000
PIPS = 1_000_000
GWEI = 10**9
NANOS_PER_S = 10**9
NANOS_PER_MS = 10**6
UINT256_MAX = 2**256 - 1
SLOT_S = 12  # from a block to the next: what a plan on a block's book is priced and run at


def mul_div_up(amount: int, numerator: int, denominator: int) -> int:
    """Return amount * numerator / denominator, rounded up: for what we pay."""
    return -(-amount * numerator // denominator)


def to_wad_down(amount: Raw, decimals: int) -> Wad:
    """Rescale base units to 18 decimals; tokens of more than 18 decimals lose the excess digits."""
    if decimals <= 18:
        return Wad(amount * 10 ** (18 - decimals))
    return Wad(amount // 10 ** (decimals - 18))


def human(amount: int, decimals: int, places: int = 2) -> str:
    """Return `amount` for people: thousands separated, cut (not rounded) to `places`."""
    sign = "-" if amount < 0 else ""
    whole, fraction = divmod(abs(amount), 10**decimals)
    if places == 0:
        return f"{sign}{whole:,}"
    digits = str(fraction).zfill(decimals)[:places].ljust(places, "0")
    return f"{sign}{whole:,}.{digits}"


def parse_amount(text: str, decimals: int) -> Raw:
    """Return base units of a decimal text such as ``9,000,000`` or ``0.5``.

    Raises:
        ValueError: not a positive decimal number, or finer than the token's decimals.
    """
    cleaned = text.replace(",", "").replace("_", "")
    whole, _, fraction = cleaned.partition(".")
    if not (whole + fraction).isascii() or not (whole + fraction).isdigit():
        raise ValueError(f"{text!r} is not a decimal number")
    if len(fraction) > decimals:
        raise ValueError(f"{text!r} has more than {decimals} decimals")
    raw = int(whole or "0") * 10**decimals + int(fraction.ljust(decimals, "0") or "0")
    if raw <= 0:
        raise ValueError(f"{text!r} is not above zero")
    return Raw(raw)
