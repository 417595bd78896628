"""Who is believed: a liar is out at once, who stumbles at the second time, and both come back."""

from bot.execution.node_trust import Finding, NodeRecord, first_trusted

LIE, SLIP = Finding("it lied", proven=True), Finding("it did not answer")
GOOD_BLOCKS = 3


def after(record: NodeRecord, *findings: Finding | None) -> NodeRecord:
    for block, finding in enumerate(findings, 100):
        record = record.judged(block, finding, GOOD_BLOCKS)
    return record


def test_a_proven_lie_puts_a_node_out_at_once_and_says_why_and_since_when() -> None:
    out = after(NodeRecord(url="a"), None, LIE)
    assert (out.is_trusted, out.reason, out.since) == (False, "it lied", 101)


def test_a_slip_is_forgiven_and_a_second_one_in_a_row_is_not() -> None:
    assert after(NodeRecord(url="a"), SLIP).is_trusted
    assert after(NodeRecord(url="a"), SLIP, None, SLIP).is_trusted
    assert not after(NodeRecord(url="a"), SLIP, SLIP).is_trusted


def test_a_node_comes_back_after_good_blocks_in_a_row_only() -> None:
    out = after(NodeRecord(url="a"), LIE)
    assert not after(out, None, None).is_trusted
    assert not after(out, None, None, SLIP, None, None).is_trusted
    assert after(out, None, None, None) == NodeRecord(url="a")


def test_a_new_fault_in_quarantine_is_told_and_the_beginning_is_kept() -> None:
    out = after(after(NodeRecord(url="a"), LIE), None, SLIP)
    assert (out.reason, out.since, out.good) == ("it did not answer", 100, 0)


def test_the_node_that_is_read_is_kept_while_it_is_believed() -> None:
    good, bad = NodeRecord(url="a"), after(NodeRecord(url="b"), LIE)
    assert first_trusted((good, good), 1) == 1
    assert first_trusted((good, bad), 1) == 0
    assert first_trusted((bad, good), 0) == 1
    assert first_trusted((bad, bad), 0) is None
