"""The sandbox's credentials: fixed and obviously not secret, unless the environment names others."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What a client must show to each partner system, and what those sign with that tell by themselves."""

    pos_token: str
    shop_consumer_key: str
    shop_consumer_secret: str
    ledger_client_id: str
    ledger_client_secret: str
    payments_api_key: str
    shop_webhook_secret: str
    payments_webhook_secret: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Credentials":
        """From the variables that a client of the real systems would set, with a fixed value for each that is not."""
        return cls(**{name: environment.get(name.upper()) or default for name, default in _DEFAULTS.items()})

    def environment(self) -> dict[str, str]:
        """The variables that a client needs."""
        return {name.upper(): str(getattr(self, name)) for name in _DEFAULTS}


_DEFAULTS = {
    "pos_token": "sandbox-pos-token",
    "shop_consumer_key": "sandbox-consumer-key",
    "shop_consumer_secret": "sandbox-consumer-secret",
    "ledger_client_id": "sandbox-client-id",
    "ledger_client_secret": "sandbox-client-secret",
    "payments_api_key": "sandbox-payments-key",
    "shop_webhook_secret": "sandbox-shop-webhook-secret",
    "payments_webhook_secret": "whsec_sandbox-payments-webhook-secret",
}
