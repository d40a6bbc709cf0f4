"""Where trainers run: a device is free as often as it has slots left."""

from __future__ import annotations

import sys

import pytest

from rnnkit.errors import ConfigError
from rnnkit.training import launchers, scheduler
from rnnkit.training.launchers import Device


def test_a_device_is_free_as_often_as_it_has_slots_left():
    held = ["gpu0", "gpu0", "cpu", None]  # None: started by hand, on no slot of the scheduler
    devices = [Device("gpu0", "", 3), Device("gpu1", "", 1), Device("cpu", "", 1)]
    assert sorted(launchers.free_devices(devices, held)) == ["gpu0", "gpu1"]


def test_gpus_come_first_and_of_several_devices_the_least_busy():
    devices = [Device("gpu0", "", 3), Device("gpu1", "", 1), Device("cpu@a", "", 2), Device("cpu@b", "", 4)]
    free = launchers.free_devices(devices, ["gpu0", "gpu0", "cpu@a"])
    assert free == ["gpu1", "gpu0", "cpu@b", "cpu@b", "cpu@a", "cpu@b", "cpu@b"]


def test_without_a_word_of_a_cluster_trainers_run_here_and_ray_is_not_imported(store, monkeypatch):
    monkeypatch.setenv("RNNKIT_RAY", "")
    launcher = launchers.chosen(store, "vm|1|1|scheduler")
    launcher.close()
    assert isinstance(launcher, launchers.LocalLauncher)
    assert "ray" not in sys.modules


def test_a_cluster_without_ray_installed_is_one_sentence(store, monkeypatch):
    monkeypatch.setenv("RNNKIT_RAY", "auto")
    monkeypatch.setattr(launchers, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="RNNKIT_RAY: expected Ray to be installed"):
        scheduler.ensure_running(store)


def test_the_driver_says_what_memory_a_gpu_has(monkeypatch):
    said = {"name": ["A big one", "A shy one"], "memory.total": ["81920 MiB", "[N/A]"]}
    monkeypatch.setattr(launchers, "_asked_driver", said.__getitem__)
    for asked in (launchers.gpu_titles, launchers.gpu_bytes):
        asked.cache_clear()
    first, second, cpu = launchers.devices()
    for asked in (launchers.gpu_titles, launchers.gpu_bytes):
        asked.cache_clear()
    assert (first.memory_bytes, second.memory_bytes, cpu.memory_bytes) == (80 * 2**30, None, None)
