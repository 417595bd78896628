"""Asks the rules about every order, and is a no whenever anything is amiss.

What was approved counts against every later question until the facts show it, so that two orders
asked about at once never both pass the same cap. Which facts show it is asked before they are
gathered: an order that the ledger gets to know meanwhile counts twice, never less; who is refused
for that is judged again.
"""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from bot.control.hedge_rules import judge_hedge
from bot.control.plan_rules import judge_plan, orders_of
from bot.control.proper import exactly, is_amount
from bot.control.reservations import Reservation, reserved, with_reserved
from bot.control.risk_rules import judge_order
from bot.domain.orders import ClientId, Order
from bot.domain.risk import Approved, Breach, Denied, Facts, RiskLimits
from bot.domain.trade_plans import EntryPlan
from bot.domain.units import Nanos, Wad, human

_JUDGEMENTS = 3  # of one order, where others are written down meanwhile
FactsOf = Callable[[Order], Awaitable[Facts]]
Verdict = Approved | Denied


class RiskGate:
    """The gate in front of every desk. Never raises, but for being cancelled."""

    def __init__(
        self,
        limits: RiskLimits,
        facts_of: FactsOf,
        knows: Callable[[ClientId], bool],
        *,
        patience_s: float = 0.5,
    ) -> None:
        """`knows`: whether the ledger has an order, and with it every fact gathered later.

        Facts that take longer than `patience_s` are a no.
        """
        self._limits, self._facts_of, self._knows = limits, facts_of, knows
        self._patience_s = patience_s
        self._reserved: dict[ClientId, Reservation] = {}
        self._approved: set[ClientId] = set()
        self._losses: dict[str, Wad] = {}
        self._asking = 0

    async def judge(self, order: Order) -> Verdict:
        """Return whether an order may be sent, now and once."""
        return await self._guarded(order.client_id, order.made_at, lambda: self._judge(order))

    async def judge_plan(self, plan: EntryPlan) -> Verdict:
        """Return whether a plan may be begun; nothing is reserved, its orders are judged again."""
        return await self._guarded(plan.position, plan.at, lambda: self._judge_plan(plan))

    async def judge_hedge(self, order: Order) -> Verdict:
        """Return whether the second leg of a plan could be sent if the first were filled."""

        async def judge() -> Verdict:
            return judge_hedge(order, await self._facts_of(order), self._limits)

        return await self._guarded(order.client_id, order.made_at, judge)

    async def reserve(self, order: Order, worst_loss: Wad) -> Verdict:
        """Set aside what is lost at most while `order`'s other leg is open, before the first one.

        It counts as lost today, for every order but those of the same position, until `settle`.
        """
        return await self._guarded(
            order.client_id, order.made_at, lambda: self._reserve(order, worst_loss)
        )

    def settle(self, position: str) -> None:
        """The other leg is done, or the first one is gone: nothing is set aside any more."""
        self._losses.pop(position, None)

    def release(self, client_id: ClientId) -> None:
        """Count an approved order no more: it was never written down. It cannot be used again."""
        self._reserved.pop(client_id, None)

    async def _guarded(
        self, subject: str, asked_at: Nanos, ask: Callable[[], Awaitable[Verdict]]
    ) -> Verdict:
        self._asking += 1
        try:
            async with asyncio.timeout(self._patience_s):
                verdict: object = await ask()
            if isinstance(verdict, Approved | Denied):
                return verdict
            problem = f"no verdict but {type(verdict).__name__}"
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the gate, nothing passes it
            problem = f"{type(error).__name__}: {error}"
        finally:
            self._asking -= 1
        return Denied(client_id=subject, breach=Breach.GATE_FAILED, detail=problem, at=asked_at)

    async def _judge(self, order: Order) -> Verdict:
        """What another order reserved while facts were asked for may be in them by now, too.

        Then it counted twice, and who was refused for that is judged again.
        """
        for _ in range(_JUDGEMENTS - 1):
            verdict, counted_twice = await self._judge_once(order)
            if not counted_twice:
                return verdict
        return (await self._judge_once(order))[0]

    async def _judge_once(self, order: Order) -> tuple[Verdict, bool]:
        """Return the verdict, and whether it is a refusal that counted an order twice."""
        shown = self._shown()
        if order.client_id in self._approved or self._knows(order.client_id):
            return _repeated(order), False
        facts = await self._facts_of(order)
        if order.client_id in self._approved:
            return _repeated(order), False
        verdict = judge_order(order, self._counted(order, facts, shown), self._limits)
        if isinstance(verdict, Approved):
            self._approved.add(order.client_id)
            self._reserved[order.client_id] = reserved(order, facts, verdict.usd)
            return verdict, False
        return verdict, any(self._knows(name) for name in self._reserved if name not in shown)

    async def _judge_plan(self, plan: EntryPlan) -> Verdict:
        shown = self._shown()
        orders = orders_of(plan)
        found = [await self._facts_of(order) for order in orders]
        counted = [self._counted(o, f, shown) for o, f in zip(orders, found, strict=True)]
        return judge_plan(plan, counted, self._limits)

    async def _reserve(self, order: Order, worst_loss: Wad) -> Verdict:
        shown = self._shown()
        facts = self._counted(order, await self._facts_of(order), shown)
        left = exactly(self._limits.max_daily_loss_usd) + facts.day_result_usd
        if not is_amount(worst_loss) or not worst_loss < left:
            detail = f"{human(worst_loss, 18)} usd could be lost, {human(left, 18)} are left today"
            return Denied(
                client_id=order.client_id, breach=Breach.DAILY_LOSS, detail=detail, at=facts.now
            )
        self._losses[order.position] = worst_loss
        return Approved(client_id=order.client_id, usd=worst_loss, at=facts.now)

    def _shown(self) -> frozenset[ClientId]:
        """Return the approvals that facts asked for from now on contain, and forget old ones."""
        shown = frozenset(known for known in self._reserved if self._knows(known))
        if self._asking == 1:  # nobody else still waits for facts from before
            for known in shown:
                del self._reserved[known]
        return shown

    def _counted(self, order: Order, facts: Facts, shown: frozenset[ClientId]) -> Facts:
        others = (kept for name, kept in self._reserved.items() if name not in shown)
        facts = with_reserved(order, facts, others)
        losses = sum(loss for name, loss in self._losses.items() if name != order.position)
        return (
            replace(facts, day_result_usd=Wad(facts.day_result_usd - losses)) if losses else facts
        )


def _repeated(order: Order) -> Denied:
    return Denied(
        client_id=order.client_id,
        breach=Breach.REPEATED,
        detail="an approval is for one order, once",
        at=order.made_at,
    )
