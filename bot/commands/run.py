"""`repeg run`: the engine, block after block, until it is told to stop."""

import asyncio
from pathlib import Path
from typing import Any

import click
import structlog

from bot.app import build_engine, keys_from_environment
from bot.config import load_config
from bot.domain.errors import RetryableError
from bot.engine import AtomicEngine
from bot.logs import configure_logs

log = structlog.get_logger()
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0


@click.command()
@click.option("--config", "path", type=click.Path(path_type=Path), help="Settings, a TOML file.")
@click.option("--rpc", metavar="URL", help="HTTP endpoint of the node.")
@click.option("--ws", metavar="URL", help="WebSocket endpoint of the node.")
@click.option("--relay", metavar="URL", help="Where bundles go.")
@click.option("--executor", metavar="ADDRESS", help="The deployed DepegExecutor.")
@click.option("--journal", metavar="FILE", help="SQLite file of decisions and bundles.")
@click.option("--blocks", type=click.IntRange(min=1), help="Stop after so many blocks.")
@click.option("--json-logs", is_flag=True, help="Log one JSON object per line.")
def run(path: Path | None, blocks: int | None, *, json_logs: bool, **options: str | None) -> None:
    """Trade, at most one bundle per block. Keys: REPEG_OPERATOR_KEY and REPEG_RELAY_KEY.

    Logs go to standard error. Ctrl-C stops after the block in hand: the journal is left whole, and
    the next start asks the chain what became of a bundle that is still open.
    """
    configure_logs(json_lines=json_logs)
    config = load_config(path, **_settings(options))
    operator, identity = keys_from_environment()
    engine = build_engine(config, operator, identity)
    log.info("engine_started", operator=operator.address, relay_identity=identity.address)
    try:
        asyncio.run(trade(engine, blocks))
    except KeyboardInterrupt:
        log.info("engine_stopped", reason="interrupted")


async def trade(engine: AtomicEngine, blocks: int | None) -> None:
    """Consume `blocks` reports, or all there ever are; a feed that ends is opened again.

    Raises:
        NodeUnreachable: the feed did not yield a single head.
        HaltError: a person must act.
    """
    seen, pause_s = 0, _FIRST_PAUSE_S
    while True:
        try:
            async for _ in engine.reports():
                seen, pause_s = seen + 1, _FIRST_PAUSE_S
                if seen == blocks:
                    log.info("engine_stopped", reason="as many blocks as asked for", blocks=seen)
                    return
        except RetryableError as error:
            if seen == 0:
                raise
            log.warning("heads_lost", reason=str(error), retry_in_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def _settings(options: dict[str, str | None]) -> dict[str, Any]:
    return {
        "executor": options["executor"],
        "journal": options["journal"],
        "node": {"http_url": options["rpc"], "ws_url": options["ws"]},
        "relay": {"url": options["relay"]},
    }
