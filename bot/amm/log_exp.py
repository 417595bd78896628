"""Powers as Balancer's contracts compute them: to 18 decimals, errors included.

All divisions of the contract cut towards zero, so a negative logarithm is the same computation with
a sign; magnitudes are enough here.

Source: Balancer V2 `LogExpMath.pow`, `FixedPoint.powUp`.
"""

from decimal import Context
from enum import Enum

from bot.domain.units import WAD, mul_div_up

_ONE_20, _ONE_36 = 10**20, 10**36
_LARGEST_EXPONENT, _LARGEST_NEGATIVE = 130 * WAD, 41 * WAD
_NEAR_ONE = WAD // 10  # within it, logarithms carry 36 decimals
_RELATIVE_ERROR = 10_000  # 1e-14, in wads
_DIGITS = Context(prec=21)  # of the contract's tabled powers of e
_LARGE = tuple((k, int(_DIGITS.exp(k))) for k in (128, 64))  # x, e^x; not scaled
_SMALL = tuple(  # x and e^x with 20 decimals, for x = 32, 16 ... 1/16
    (_ONE_20 * 32 >> halvings, int(_DIGITS.exp(_DIGITS.divide(32, 2**halvings)).scaleb(20)))
    for halvings in range(10)
)
_SMALL_OF_EXP = _SMALL[:8]  # down to 1/4; its series does the rest
_LN_TERMS, _LN_36_TERMS, _EXP_TERMS = range(3, 12, 2), range(3, 16, 2), range(2, 13)


class PowerRule(Enum):
    """How a pool rounds powers up."""

    FIRST = "always by logarithms"  # factories of 2021 and 2022
    DIRECT = "exponents 1, 2 and 4 by multiplication"


class OutOfRangeError(ArithmeticError):
    """The contract would revert: the result is too small or too large for it."""


def power_up(base: int, exponent: int, rule: PowerRule) -> int:
    """Return base ** exponent in wads, never below the true value.

    Raises:
        OutOfRangeError: the contract would revert.
    """
    if rule is PowerRule.DIRECT and exponent in (WAD, 2 * WAD, 4 * WAD):
        if exponent == WAD:
            return base
        square = mul_div_up(base, base, WAD)
        return square if exponent == 2 * WAD else mul_div_up(square, square, WAD)
    near = power(base, exponent)
    return near + mul_div_up(near, _RELATIVE_ERROR, WAD) + 1


def power(base: int, exponent: int) -> int:
    """Return base ** exponent in wads, off by 1e-14 of it at most.

    Raises:
        OutOfRangeError: the contract would revert.
    """
    if not exponent:
        return WAD
    if not base:
        return 0
    if abs(base - WAD) < _NEAR_ONE:
        whole, rest = divmod(_ln_36(base), WAD)
        log = (whole * exponent + rest * exponent // WAD) // WAD
    else:
        log = _ln(base if base > WAD else _ONE_36 // base) * exponent // WAD
    if log > (_LARGEST_EXPONENT if base > WAD else _LARGEST_NEGATIVE):
        raise OutOfRangeError
    return _exp(log) if base > WAD else _ONE_36 // _exp(log)


def _exp(x: int) -> int:
    """Return e ** x in wads, x from 0 to 130."""
    factor = 1
    for large, value in _LARGE:
        if x >= large * WAD:
            x -= large * WAD
            factor = value
            break
    x *= 100
    product = _ONE_20
    for small, value in _SMALL_OF_EXP:
        if x >= small:
            x -= small
            product = product * value // _ONE_20
    term = x
    series = _ONE_20 + x
    for n in _EXP_TERMS:
        term = term * x // _ONE_20 // n
        series += term
    return product * series // _ONE_20 * factor // 100


def _ln(a: int) -> int:
    """Return the natural logarithm in wads of `a` of one or more."""
    total = 0
    for large, value in _LARGE:
        if a >= value * WAD:
            a //= value
            total += large * WAD
    total *= 100
    a *= 100
    for small, value in _SMALL:
        if a >= value:
            a = a * _ONE_20 // value
            total += small
    return (total + _series((a - _ONE_20) * _ONE_20 // (a + _ONE_20), _ONE_20, _LN_TERMS)) // 100


def _ln_36(x: int) -> int:
    """Return the magnitude of the logarithm of `x` near one, with 36 decimals."""
    x *= WAD
    return _series(abs(x - _ONE_36) * _ONE_36 // (x + _ONE_36), _ONE_36, _LN_36_TERMS)


def _series(z: int, one: int, terms: range) -> int:
    """Return 2 (z + z^3 / 3 + z^5 / 5 ...) cut as the contract cuts it."""
    square = z * z // one
    total = power_of_z = z
    for n in terms:
        power_of_z = power_of_z * square // one
        total += power_of_z // n
    return 2 * total
