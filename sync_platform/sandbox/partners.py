"""The four partner systems that answer, over one world, each with its own clock."""

from dataclasses import dataclass

from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.credentials import Credentials
from sync_platform.sandbox.entity import Entity
from sync_platform.sandbox.error import SandboxError
from sync_platform.sandbox.ledger.service import LedgerSystem
from sync_platform.sandbox.payments.service import PaymentsSystem
from sync_platform.sandbox.pos.service import PosSystem
from sync_platform.sandbox.serving.partner_system import PartnerSystem
from sync_platform.sandbox.shop.service import ShopSystem
from sync_platform.sandbox.world import World


@dataclass(frozen=True, kw_only=True)
class Partners:
    """All of them, in the order in which they build on one another."""

    pos: PosSystem
    shop: ShopSystem
    ledger: LedgerSystem
    payments: PaymentsSystem

    @property
    def systems(self) -> dict[str, PartnerSystem]:
        """By name."""
        return {"pos": self.pos, "shop": self.shop, "ledger": self.ledger, "payments": self.payments}

    def entity(self, system: str, entity: str) -> Entity:
        """One entity; raises SandboxError naming those there are."""
        known = {f"{name}/{kind}": found for name, one in self.systems.items() for kind, found in one.entities.items()}
        if f"{system}/{entity}" not in known:
            raise SandboxError(f"there is no {system}/{entity}; choose one of {', '.join(known)}")
        return known[f"{system}/{entity}"]


def open_partners(world: World, credentials: Credentials) -> Partners:
    """Derive what each partner system knows."""
    pos = PosSystem(world, SystemClock(world.clock), token=credentials.pos_token)
    shop = ShopSystem(
        world,
        SystemClock(world.clock),
        pos.stock_levels,
        key=credentials.shop_consumer_key,
        secret=credentials.shop_consumer_secret,
    )
    ledger = LedgerSystem(
        world,
        SystemClock(world.clock),
        client_id=credentials.ledger_client_id,
        client_secret=credentials.ledger_client_secret,
    )
    payments = PaymentsSystem(world, SystemClock(world.clock), shop.orders, api_key=credentials.payments_api_key)
    return Partners(pos=pos, shop=shop, ledger=ledger, payments=payments)
