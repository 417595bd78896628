"""What a person is told of nodes, from the thread that trades to the loop that tells."""

import asyncio
import threading

from bot.control.alert import Alert, Severity
from bot.control.alert_options import AlertOptions
from bot.domain.units import Nanos
from bot.execution.node_trust_guard import Trouble
from bot.node_alerts import alert_of, node_alerts

OUT = Trouble(node="one:8545", text="block 7: it lied; read: two:8545", at=Nanos(1))


def test_a_node_that_is_out_is_a_warning_and_no_node_that_is_left_is_critical() -> None:
    blind = Trouble(node="one:8545", text="it lied", is_blind=True, at=Nanos(1))
    apart = Trouble(node="", text="they differ", at=Nanos(1))
    found = [alert_of(one) for one in (OUT, blind, apart)]
    assert [one.severity for one in found] == [
        Severity.WARNING,
        Severity.CRITICAL,
        Severity.CRITICAL,
    ]
    assert [one.subject for one in found] == ["NODE one:8545", "NODE one:8545", "NODES DISAGREE"]


def test_trouble_that_a_thread_hears_of_is_told_on_the_event_loop() -> None:
    async def run() -> tuple[list[Alert], set[int]]:
        told: list[Alert] = []
        threads: set[int] = set()

        def tell(alert: Alert) -> None:
            told.append(alert)
            threads.add(threading.get_ident())

        async with node_alerts(AlertOptions(), tell) as hear:
            await asyncio.to_thread(hear, OUT)
            await asyncio.sleep(0)
        return told, threads

    told, threads = asyncio.run(run())
    assert [alert.text for alert in told] == [OUT.text]
    assert threads == {threading.get_ident()}
