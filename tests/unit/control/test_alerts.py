"""Alerts reach a real service, and never hold anything up, whatever that service does."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import structlog
from msgspec.structs import replace
from support.risk_cases import NOW

from bot.control.alert import Alert, Severity
from bot.control.alert_options import AlertOptions, alert_urls
from bot.control.alerts import Notifier
from bot.domain.errors import BadConfiguration
from bot.domain.units import NANOS_PER_S, Nanos

SECRET = "tok-3n-0f-the-0perator"  # noqa: S105 - planted
QUICK = AlertOptions(timeout_s=2.0, least="info")
ALERT = Alert(
    severity=Severity.CRITICAL, subject="the kill switch", text="leaving 2 positions", at=NOW
)


class Service:
    """A real HTTP server on the loopback that takes apprise's JSON."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.status, self.wait_s = 200, 0.0
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(service.wait_s)
                service.got.append(json.loads(body))
                self.send_response(service.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://user:{SECRET}@127.0.0.1:{self.server.server_port}/{SECRET}"


@contextmanager
def running() -> Iterator[Service]:
    """Serve until left."""
    service = Service()
    thread = threading.Thread(target=service.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.server.shutdown()
        service.server.server_close()
        thread.join()


@pytest.fixture
def service() -> Iterator[Service]:
    with running() as one:
        yield one


@asynccontextmanager
async def going(notifier: Notifier) -> AsyncIterator[None]:
    """Let a notifier run until left, and raise what it raised."""
    task = asyncio.create_task(notifier.run())
    yield
    assert not task.done()
    task.cancel()
    await asyncio.wait([task])


def told(notifier: Notifier, *alerts: Alert) -> None:
    """Tell alerts and wait until they are sent."""

    async def tell() -> None:
        async with going(notifier):
            for alert in alerts:
                notifier.tell(alert)
            await notifier.flush()

    asyncio.run(tell())


def test_an_alert_arrives_with_its_severity(service: Service) -> None:
    told(Notifier([service.url], QUICK), ALERT)
    (got,) = service.got
    assert got["title"] == "repeg critical: the kill switch"
    assert got["message"] == "leaving 2 positions"
    assert got["type"] == "failure"


def test_every_service_is_told() -> None:
    with running() as one, running() as other:
        told(Notifier([one.url, other.url], QUICK), ALERT)
        assert (len(one.got), len(other.got)) == (1, 1)


def test_telling_takes_no_time_while_a_service_takes_all_it_wants(service: Service) -> None:
    service.wait_s = 1.0

    async def tell() -> float:
        notifier = Notifier([service.url], QUICK)
        async with going(notifier):
            slowest, before = 0.0, time.monotonic()
            for number in range(50):
                notifier.tell(replace(ALERT, subject=str(number)))
                await asyncio.sleep(0.005)  # trading goes on
                slowest = max(slowest, time.monotonic() - before)
                before = time.monotonic()
            return slowest

    assert asyncio.run(tell()) < 0.2


def test_a_service_that_hangs_keeps_no_alert_from_another() -> None:
    with running() as slow, running() as quick:
        slow.wait_s = 1.5
        alerts = [replace(ALERT, subject=str(number)) for number in range(2)]
        told(Notifier([slow.url, quick.url], replace(QUICK, timeout_s=0.3)), *alerts)
        assert len(quick.got) == 2


def test_a_failing_service_is_logged_once_and_again_when_it_is_back(service: Service) -> None:
    notifier = Notifier([service.url], QUICK)

    async def tell() -> None:
        async with going(notifier):
            for number, status in enumerate((500, 500, 500, 200, 200)):
                service.status = status
                notifier.tell(replace(ALERT, subject=str(number)))
                await notifier.flush()

    with structlog.testing.capture_logs() as logs:
        asyncio.run(tell())
    events = [entry["event"] for entry in logs if entry["event"].startswith("alerts_")]
    assert events == ["alerts_do_not_arrive", "alerts_arrive_again"]


def test_a_service_that_is_not_there_raises_nothing() -> None:
    with structlog.testing.capture_logs() as logs:
        told(Notifier([f"json://127.0.0.1:1/{SECRET}"], QUICK), ALERT)
    assert [entry["event"] for entry in logs] == ["alert", "alerts_do_not_arrive"]


@pytest.mark.parametrize("status", [200, 404, 500])
def test_the_addresses_are_nowhere_in_logs_or_on_the_terminal(
    service: Service, status: int, capfd: pytest.CaptureFixture[str], caplog: Any
) -> None:
    service.status = status
    caplog.set_level(0)
    with structlog.testing.capture_logs() as logs:
        told(Notifier([service.url, f"json://127.0.0.1:1/{SECRET}"], QUICK), ALERT)
    printed = capfd.readouterr()
    apprise = [record for record in caplog.records if record.name.startswith("apprise")]
    assert not apprise
    assert SECRET not in f"{logs}{printed.out}{printed.err}{Notifier([service.url])!r}"


def test_an_address_that_apprise_does_not_know_is_told_by_its_number_alone() -> None:
    with pytest.raises(BadConfiguration) as caught:
        Notifier(["json://127.0.0.1:1/", f"nonsense://{SECRET}"])
    assert SECRET not in str(caught.value)
    assert "address 2 in REPEG_ALERTS" in str(caught.value)


def test_addresses_come_from_the_environment_split_by_spaces() -> None:
    assert alert_urls({"REPEG_ALERTS": " json://a/?x=1,2\n tgram://b  "}) == (
        "json://a/?x=1,2",
        "tgram://b",
    )
    assert alert_urls({}) == ()


def test_without_addresses_alerts_are_logged() -> None:
    with structlog.testing.capture_logs() as logs:
        Notifier([]).tell(ALERT)
    assert [(entry["event"], entry["severity"]) for entry in logs] == [("alert", "critical")]


def arrived(service: Service, options: AlertOptions, *steps: tuple[float, list[Alert]]) -> Any:
    """Tell alerts after so many seconds of a clock each, and return the texts that arrive."""
    now, texts = [Nanos(0)], []

    async def tell() -> None:
        notifier = Notifier([service.url], options, monotonic=lambda: now[0])
        async with going(notifier):
            for after_s, alerts in steps:
                now[0] = Nanos(now[0] + int(after_s * NANOS_PER_S))
                service.got.clear()
                for alert in alerts:
                    notifier.tell(alert)
                await notifier.flush()
                texts.append([got["message"] for got in service.got])

    asyncio.run(tell())
    return texts


def test_the_same_is_not_said_again_for_a_while_and_what_was_kept_back_is_counted(
    service: Service,
) -> None:
    found = arrived(service, QUICK, (0, [ALERT] * 3), (299, [ALERT]), (1, [ALERT]))
    assert found == [["leaving 2 positions"], [], ["leaving 2 positions (3 kept back)"]]


def test_the_same_subject_is_said_at_another_severity(service: Service) -> None:
    warning = replace(ALERT, severity=Severity.WARNING)
    (found,) = arrived(service, QUICK, (0, [warning, ALERT]))
    assert len(found) == 2


def test_more_than_can_be_read_in_a_minute_is_kept_back_but_for_the_critical(
    service: Service,
) -> None:
    warnings = [
        replace(ALERT, severity=Severity.WARNING, subject=str(number)) for number in range(3)
    ]
    critical = [replace(ALERT, subject=str(number)) for number in range(3)]
    later = [replace(warnings[0], subject="new")]
    found = arrived(service, replace(QUICK, per_minute=2), (0, warnings + critical), (60, later))
    assert list(map(len, found)) == [5, 1]


@pytest.mark.parametrize(("least", "count"), [("info", 3), ("warning", 2), ("critical", 1)])
def test_what_is_less_than_the_least_severity_is_only_logged(
    service: Service, least: str, count: int
) -> None:
    alerts = [replace(ALERT, severity=severity) for severity in Severity]
    (found,) = arrived(service, replace(QUICK, least=least), (0, alerts))
    assert len(found) == count


def test_waiting_for_a_service_that_hangs_ends(service: Service) -> None:
    service.wait_s = 1.0

    async def tell() -> float:
        notifier = Notifier([service.url], replace(QUICK, timeout_s=5.0))
        async with going(notifier):
            notifier.tell(ALERT)
            began = time.monotonic()
            await notifier.flush(0.1)
            return time.monotonic() - began

    assert asyncio.run(tell()) < 0.9


def test_a_severity_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="is not info, warning or critical"):
        AlertOptions(least="loud")
