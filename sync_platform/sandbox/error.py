"""The one error a person can mend: what is wrong with how the sandbox was started or asked, and the remedy."""


class SandboxError(Exception):
    """A wrong option, a missing data set, a taken port or a malformed control request, in one line with its remedy."""
