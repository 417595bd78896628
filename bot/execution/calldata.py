"""The executor's side of the wire: plans into calldata, reverts into a line for people.

The manual is `contracts/interfaces/IDepegExecutor.sol`; `tests/golden/calldata` joins the two.
"""

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from bot.chain.abi import encode, selector
from bot.domain.adoptions import PlanOnChain
from bot.domain.executor_lists import LOCAL_LISTS, MAINNET_LISTS, ExecutorLists
from bot.domain.plans import Plan
from bot.domain.units import Address
from bot.execution.plan_words import plan_words, read_head

EXECUTE = "execute()"
WITHDRAW = "withdraw(address)"
_SELECTOR_BYTES = 4

# Every error of `IDepegExecutor`, as declared there, and the two of Solidity itself.
_ERRORS = (
    "WrongChain(uint256 chainId)",
    "RoleMissing()",
    "ListTooLong(uint256 length, uint256 most)",
    "NotOperator(address caller)",
    "NotOwner(address caller)",
    "NotPendingOwner(address caller)",
    "IsPaused()",
    "AlreadyRunning()",
    "TooLate(uint256 blockNumber, uint256 maxBlock)",
    "WrongParent(uint256 expected, uint256 found)",
    "BadLength(uint256 length)",
    "BadHead(uint256 head)",
    "UnknownToken(uint256 index)",
    "UnknownTarget(uint256 index)",
    "StepNotAllowed(uint256 kind)",
    "UnknownPool(address pool)",
    "VenueHalted(address venue)",
    "PartialFill(address token, uint256 missingRaw)",
    "OutputTooSmall(address token, uint256 missingRaw)",
    "NothingReceived(address token)",
    "NotHeld(address token, uint256 missingRaw)",
    "AllowanceLeft(address token, address spender, uint256 leftRaw)",
    "UnexpectedCallback(address caller)",
    "UnexpectedInitiator(address initiator)",
    "CallbackMissing()",
    "ProfitBelowMinimum(uint256 shortfallRaw)",
    "TokenCallFailed(address token)",
    "BadTip()",
    "TipRefused(address coinbase, uint256 tipWei)",
    "UnexpectedEther(address sender)",
    "Error(string reason)",
    "Panic(uint256 code)",
)

# What no pool can cause: the executor does not run for this caller, block or wording of a plan.
_BEFORE_ANY_POOL = frozenset(
    {
        "WrongChain",
        "NotOperator",
        "NotOwner",
        "IsPaused",
        "AlreadyRunning",
        "TooLate",
        "WrongParent",
        "BadLength",
        "BadHead",
        "UnknownToken",
        "UnknownTarget",
        "StepNotAllowed",
        "BadTip",
        "TipRefused",
    }
)

# Source: Solidity documentation, "Panic via assert and Error via require".
_PANICS = {
    0x01: "assertion failed",
    0x11: "arithmetic overflow",
    0x12: "division by zero",
    0x21: "number outside an enum",
    0x22: "broken storage bytes",
    0x31: "pop of an empty array",
    0x32: "index outside an array",
    0x41: "out of memory",
    0x51: "call of an empty function pointer",
}


def encode_execute(plan: Plan, lists: ExecutorLists = LOCAL_LISTS) -> bytes:
    """Return the calldata that runs `plan` on an executor with `lists`.

    The lists of mainnet are the first places of the local chain's, so plans for mainnet's pools
    are the same under both.

    Raises:
        BadConfiguration: a token or a target is not on the lists.
    """
    return selector(EXECUTE) + plan_words(plan, lists)


def decode_execute(data: bytes, lists: ExecutorLists) -> PlanOnChain | None:
    """Return what calldata says of the plan it runs; None where it runs none."""
    called, words = data[:_SELECTOR_BYTES], data[_SELECTOR_BYTES:]
    return read_head(words, lists) if called == selector(EXECUTE) else None


def encode_constructor(
    owner: Address, operator: Address, treasury: Address, lists: ExecutorLists = MAINNET_LISTS
) -> bytes:
    """Return the constructor arguments, to be appended to the creation code."""
    return abi_encode(
        ("address", "address", "address", "address[]", "bytes32[]"),
        (
            owner,
            operator,
            treasury,
            [token.address for token in lists.tokens],
            [target.word for target in lists.targets],
        ),
    )


def encode_withdraw(token: Address) -> bytes:
    """Return the calldata that sends a stray balance of `token` to the treasury."""
    return encode(WITHDRAW, token)


def explain_revert(data: str | bytes) -> str:
    """Return one line that says why a call reverted; never raises, whatever `data` holds."""
    try:
        raw = bytes.fromhex(data.removeprefix("0x")) if isinstance(data, str) else data
    except ValueError:
        return f"unreadable revert data {data!r}"
    if not raw:
        return "reverted without a reason"
    known = _BY_SELECTOR.get(raw[:4])
    if known is None:
        return f"unknown error 0x{raw.hex()}"
    name, types, names = known
    try:
        values = abi_decode(types, raw[4:])
    except (DecodingError, UnicodeDecodeError):
        return f"{name} with unreadable data 0x{raw[4:].hex()}"
    return _sentence(name, dict(zip(names, values, strict=True)))


def is_by_pools(data: str) -> bool:
    """Return whether a pool, rail or lender may have caused a revert with this hex data."""
    known = _BY_SELECTOR.get(bytes.fromhex(data[2:10]))
    return known is None or known[0] not in _BEFORE_ANY_POOL


def _sentence(name: str, values: dict[str, int | str]) -> str:
    if name == "Error":
        return f"reverted: {_printable(str(values['reason']))}"
    if name == "Panic":
        code = int(values["code"])
        return f"panicked: {_PANICS.get(code, 'unknown code')} (0x{code:02x})"
    shown = ", ".join(f"{key} {_show(value)}" for key, value in values.items())
    return f"{name}: {shown}" if shown else name


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)


def _show(value: int | str) -> str:
    return to_checksum_address(value) if isinstance(value, str) else str(value)


def _parse(declaration: str) -> tuple[bytes, tuple[str, list[str], list[str]]]:
    name, _, arguments = declaration.removesuffix(")").partition("(")
    pairs = [argument.split() for argument in arguments.split(", ") if argument]
    types = [kind for kind, _ in pairs]
    return selector(f"{name}({','.join(types)})"), (name, types, [label for _, label in pairs])


_BY_SELECTOR = dict(_parse(declaration) for declaration in _ERRORS)
