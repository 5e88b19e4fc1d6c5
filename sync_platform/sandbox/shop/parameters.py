"""Query parameters as WooCommerce reads and refuses them."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sync_platform.sandbox.colombo import ZONE, epoch_ms


class ParameterError(Exception):
    """A value that Woo refuses with `rest_invalid_param`."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class Parameters:
    """Typed reading of one request's query."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self._query = query
        self._gmt = query.get("dates_are_gmt", "false").lower() in ("1", "true", "yes", "on")

    def text(self, name: str) -> str:
        """The value, or an empty text."""
        return self._query.get(name, "")

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number within limits."""
        text = self._query.get(name, str(default))
        if not (text.isascii() and text.isdigit() and len(text) < 15):
            raise ParameterError(name, f"{name} is not of type integer.")
        if not low <= int(text) <= high:
            raise ParameterError(name, f"{name} must be between {low} (inclusive) and {high} (inclusive)")
        return int(text)

    def one_of(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """One of the allowed words."""
        text = self._query.get(name, default)
        if text not in allowed:
            raise ParameterError(name, f"{name} is not one of {', '.join(allowed)}.")
        return text

    def choices(self, name: str, allowed: tuple[str, ...]) -> list[str]:
        """Any of the allowed words, separated by commas; empty where the parameter is absent."""
        words = [word for word in self.text(name).split(",") if word]
        for word in words:
            if word not in allowed:
                raise ParameterError(name, f"{name}[0] is not one of {', '.join(allowed)}.")
        return words

    def ids(self, name: str) -> list[int]:
        """Whole numbers separated by commas."""
        words = [word.strip() for word in self.text(name).split(",") if word.strip()]
        if not all(word.isascii() and word.isdigit() for word in words):
            raise ParameterError(name, f"{name}[0] is not of type integer.")
        return [int(word) for word in words]

    def moment(self, name: str) -> int | None:
        """Epoch milliseconds at a whole second; a value without offset is site time, or GMT with `dates_are_gmt`."""
        text = self.text(name)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise ParameterError(name, "Invalid date.") from error
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC if self._gmt else ZONE)
        return epoch_ms(moment.replace(microsecond=0))
