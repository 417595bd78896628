"""What one share of Sky's savings vaults is worth at a time: chi, compounded every second."""

RAY = 10**27


def chi_at(chi: int, rate: int, seconds: int) -> int:
    """Return chi after `seconds` more at `rate` per second, all in rays.

    Source: `Pot.drip`, `SUsds.drip` (the rate's power rounds to nearest, the product down).
    """
    return _power(rate, seconds) * chi // RAY


def _power(rate: int, seconds: int) -> int:
    """Return the rate's power by repeated squaring, each product rounded to nearest."""
    result = rate if seconds % 2 else RAY
    seconds //= 2
    while seconds:
        rate = _product(rate, rate)
        if seconds % 2:
            result = _product(result, rate)
        seconds //= 2
    return result


def _product(one: int, other: int) -> int:
    return (one * other + RAY // 2) // RAY
