"""Builders of blocks that take bundles, and how each wants to be spoken to.

Endpoints rot: an unknown, dead or hanging one costs nothing but its own share of blocks. Shares,
dates and sources are in docs/builders.md.
"""

from enum import Enum

import msgspec


class Cancel(Enum):
    """How a bundle is taken back; an answer to it is never proof."""

    METHOD = "eth_cancelBundle"
    EMPTY = "the same id without transactions"
    NONE = "not at all"


class Dialect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What varies between builders; the default is the usual form."""

    method: str = "eth_sendBundle"
    signed: bool = True  # with X-Flashbots-Signature: ignored where it is not asked for
    prefixed: bool = True  # raw transactions begin with 0x
    id_field: str = "replacementUuid"
    cancel: Cancel = Cancel.METHOD
    refunds: bool = False  # takes refundPercent
    multiplexes: bool = False  # takes `builders`
    authorized: bool = False  # wants an Authorization header, from the environment


class Builder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One builder or relay."""

    name: str  # as Flashbots' registry spells it
    url: str
    dialect: Dialect = Dialect()


_TITAN = Dialect(refunds=True)
_EMPTY = Dialect(cancel=Cancel.EMPTY)

FLASHBOTS = Builder(
    name="flashbots", url="https://relay.flashbots.net", dialect=Dialect(multiplexes=True)
)
BUILDERS = (
    FLASHBOTS,
    Builder(
        name="BuilderNet",
        url="https://rpc.buildernet.org",
        dialect=Dialect(cancel=Cancel.EMPTY, refunds=True),
    ),
    Builder(name="Titan", url="https://us.rpc.titanbuilder.xyz", dialect=_TITAN),
    Builder(name="Quasar", url="https://rpc.quasar.win", dialect=_TITAN),
    Builder(
        name="beaverbuild.org",
        url="https://rpc.beaverbuild.org/",
        dialect=Dialect(id_field="uuid", cancel=Cancel.EMPTY, refunds=True),
    ),
    Builder(name="rsync", url="https://rsync-builder.xyz", dialect=_TITAN),
    Builder(
        name="bloXroute",
        url="https://api.blxrbdn.com",
        dialect=Dialect(
            method="blxr_submit_bundle",
            prefixed=False,
            id_field="uuid",
            cancel=Cancel.NONE,
            authorized=True,
        ),
    ),
    Builder(name="JetBuilder", url="https://rpc.jetbldr.xyz", dialect=_TITAN),
    Builder(
        name="Eureka", url="https://rpc.eurekabuilder.xyz", dialect=Dialect(cancel=Cancel.NONE)
    ),
    Builder(name="BTCS", url="https://rpc.btcs.com", dialect=_TITAN),
    Builder(
        name="bobthebuilder",
        url="https://rpc.bobthebuilder.xyz",
        dialect=Dialect(cancel=Cancel.NONE),
    ),
    Builder(name="tbuilder", url="https://rpc.tbuilder.xyz", dialect=Dialect(cancel=Cancel.NONE)),
    Builder(
        name="penguinbuild", url="https://rpc.penguinbuild.org", dialect=Dialect(cancel=Cancel.NONE)
    ),
    Builder(name="Loki", url="https://rpc.lokibuilder.xyz", dialect=Dialect(cancel=Cancel.NONE)),
    Builder(name="payload", url="https://rpc.payload.de", dialect=Dialect(cancel=Cancel.NONE)),
    Builder(
        name="BuildAI", url="https://buildai.net", dialect=Dialect(cancel=Cancel.NONE, refunds=True)
    ),
    Builder(name="f1b.io", url="https://rpc.f1b.io", dialect=Dialect(cancel=Cancel.NONE)),
    Builder(name="Blockbeelder", url="https://blockbeelder.com/rpc", dialect=_EMPTY),
    Builder(
        name="Gambit Labs", url="https://builder.gmbit.co/rpc", dialect=Dialect(cancel=Cancel.NONE)
    ),
    Builder(
        name="boba-builder",
        url="https://boba-builder.com/searcher/bundle",
        dialect=Dialect(cancel=Cancel.NONE),
    ),
)
USUAL = ("flashbots", "Titan", "Quasar")  # together more than nine of ten blocks with MEV-Boost
