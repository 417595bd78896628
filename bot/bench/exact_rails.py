"""All rails whose arithmetic is compared with contracts."""

from bot.bench import exact_gsm, exact_psm, exact_savings, exact_vault
from bot.bench.comparison import Comparison

COMPARISONS: tuple[Comparison, ...] = (
    *exact_psm.COMPARISONS,
    *exact_gsm.COMPARISONS,
    *exact_vault.COMPARISONS,
    *exact_savings.COMPARISONS,
)
