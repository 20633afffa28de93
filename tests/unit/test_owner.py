"""Who a turn belongs to: real locks, real processes."""

import subprocess
import sys
from pathlib import Path

from cocreate.owner import Owner


def test_an_owner_lives_as_long_as_its_process(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from cocreate.owner import Owner\n"
    code += "owner = Owner(Path(sys.argv[1])); print(owner.id, flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        other_id = other.stdout.readline().strip()
        mine = Owner(tmp_path)

        assert not mine.is_gone(other_id)
        assert not mine.is_gone(mine.id)

        other.kill()
        other.wait()
        assert mine.is_gone(other_id)
        assert mine.is_gone(other_id)
    mine.close()
    assert not list(tmp_path.glob("*.lock"))
