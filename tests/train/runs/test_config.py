"""The config that a run folder keeps."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mbtiface.errors import SourceError
from train.commands import gan
from train.runs.config import keep_config
from train.stylegan2.changes import Changes


def test_options_newer_than_the_run_count_as_left_alone(tmp_path: Path) -> None:
    config = gan.Config(tmp_path, tmp_path)
    keep_config(tmp_path, config)
    path = tmp_path / "config.json"
    kept = json.loads(path.read_text())
    del kept["precision"], kept["change"]["d_first_kimg"]
    path.write_text(json.dumps(kept))
    keep_config(tmp_path, config)
    with pytest.raises(SourceError, match="another change"):
        keep_config(tmp_path, replace(config, change=Changes(d_first_kimg=1.0)))
