"""Who must confirm a plan before it goes out: section `[simulation]`."""

from typing import Annotated, Literal

import msgspec


class SimulationOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that are named must agree to the base unit."""

    simulators: tuple[Literal["revm", "node", "relay"], ...] = ("revm", "node")
    relay_required: bool = True  # false: a relay that does not answer stops nothing
    relay_per_s: Annotated[float, msgspec.Meta(gt=0, le=5)] = 2.0  # Flashbots grants 300 a minute
    access_lists: bool = True  # name what a route touches, where that saves gas

    def __post_init__(self) -> None:
        if "node" not in self.simulators:
            raise ValueError("simulation: simulators lacks node: nobody else tells the gas")
        if len(set(self.simulators)) < len(self.simulators):
            raise ValueError("simulation: simulators has one twice")
