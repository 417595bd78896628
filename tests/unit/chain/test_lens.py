"""The lens's own encoder and decoder against a general one."""

import msgspec
import pytest
from eth_abi.abi import encode as abi_encode
from hypothesis import given
from hypothesis import strategies as st

from bot.chain.abi import encode
from bot.chain.artifacts import load_artifact
from bot.chain.lens import LENS, Lens, Read, decode_answers, encode_reads
from bot.domain.errors import NodeUnreachable
from bot.domain.units import Address

ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda raw: Address("0x" + raw.hex()))
READS = st.lists(st.builds(Read, target=ADDRESSES, data=st.binary(max_size=100)), max_size=6)
OWN_VIEW = Read(target=LENS, data=b"\1")
UINTS = st.integers(min_value=0, max_value=2**256 - 1)


@given(READS)
def test_reads_are_encoded_as_a_general_encoder_does(reads: list[Read]) -> None:
    pairs = [(read.target, read.data) for read in reads]
    assert encode_reads(reads) == encode("read((address,bytes)[])", pairs)


@given(UINTS, UINTS, st.lists(st.binary(max_size=100), max_size=6))
def test_answers_come_back_as_they_were_encoded(block: int, time: int, data: list[bytes]) -> None:
    answers = decode_answers(abi_encode(("uint256", "uint256", "bytes[]"), (block, time, data)))
    assert (answers.block, answers.timestamp_s, list(answers.data)) == (block, time, data)


@given(st.lists(st.binary(min_size=1, max_size=64), min_size=1, max_size=3), st.data())
def test_an_answer_that_was_cut_anywhere_is_never_taken_for_whole(
    data: list[bytes], drawn: st.DataObject
) -> None:
    whole = abi_encode(("uint256", "uint256", "bytes[]"), (1, 2, data))
    padding = -len(data[-1]) % 32
    size = drawn.draw(st.integers(min_value=0, max_value=len(whole) - padding - 1))
    with pytest.raises(ValueError, match=r"cut short|offset|answers in"):
        decode_answers(whole[:size])


@given(st.binary(max_size=400))
def test_nonsense_is_a_value_error_or_an_answer_but_no_other_failure(data: bytes) -> None:
    try:
        decode_answers(data)
    except ValueError:
        return


def test_as_many_answers_as_reads_or_none_is_believed() -> None:
    lens = Lens([Read(target=Address("0x" + "11" * 20), data=b"\1")])
    two = abi_encode(("uint256", "uint256", "bytes[]"), (1, 2, [b"\1", b"\2"]))
    with pytest.raises(NodeUnreachable, match="2 answers to 1 reads"):
        lens.answers("http://node", "0x" + two.hex())


def test_only_who_asks_for_the_lens_s_own_views_sends_them_along() -> None:
    plain = Read(target=Address("0x" + "11" * 20), data=b"\1")
    bare, whole = (override_of(Lens(reads)) for reads in ([plain], [plain, OWN_VIEW]))
    assert bare == load_artifact("BareLens").runtime_code
    assert whole == load_artifact("PoolLens").runtime_code


def override_of(lens: Lens) -> bytes:
    _, params = lens.request("latest")
    code = msgspec.json.decode(msgspec.json.encode(params))[2][LENS]["code"]
    return bytes.fromhex(code.removeprefix("0x"))
