"""Where trainers run: a device is free as often as it has slots left."""

from __future__ import annotations

from rnnkit.training import launchers
from rnnkit.training.launchers import Device


def test_a_device_is_free_as_often_as_it_has_slots_left():
    tokens = ["vm|1|1|gpu0", "vm|2|1|gpu0", "vm|3|1|cpu"]
    devices = [Device("gpu0", "", 3), Device("gpu1", "", 1), Device("cpu", "", 1)]
    assert launchers.free_devices(devices, tokens) == ["gpu0", "gpu1"]
