"""Money as text; inside the sandbox it is whole hundredths."""


def money(hundredths: int) -> str:
    """`12.30`."""
    return f"{hundredths // 100}.{hundredths % 100:02d}" if hundredths >= 0 else f"-{money(-hundredths)}"
