"""One demo per state folder, however the last one ended."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sync_platform.errors import LandingConflict
from sync_platform.operations.state_lock import hold_state_dir

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from sync_platform.operations.state_lock import hold_state_dir
with hold_state_dir(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_second_demo_on_one_folder_is_told_who_has_it_and_may_start_when_that_one_is_gone(tmp_path: Path) -> None:
    """Fault E13."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"

    with pytest.raises(LandingConflict) as refused, hold_state_dir(tmp_path):
        pass
    assert f"another demo (process {holder.pid}) is running on {tmp_path}." in str(refused.value)
    assert f"kill {holder.pid}; or choose another folder with --state-dir" in str(refused.value)

    holder.kill()
    holder.wait()
    with hold_state_dir(tmp_path):
        assert (tmp_path / "demo.lock").read_text() == f"{os.getpid()}\n"
