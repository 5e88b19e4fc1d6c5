"""Payment ids, which the shop's orders quote as their transaction."""

from sync_platform.sandbox.columns import IntArray
from sync_platform.sandbox.world import World


def payment_ids(world: World, basket: IntArray) -> list[str]:
    """`pay_` and 16 hexadecimal digits for each basket, whether or not it was paid."""
    words = world.draws.words("payment id", world.columns.basket_id[basket])
    return [f"pay_{word:016x}" for word in words.tolist()]
