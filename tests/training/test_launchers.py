"""Where trainers run: a device is free as often as it has slots left."""

from __future__ import annotations

from rnnkit.training import launchers
from rnnkit.training.launchers import Device


def test_a_device_is_free_as_often_as_it_has_slots_left():
    held = ["gpu0", "gpu0", "cpu", None]  # None: started by hand, on no slot of the scheduler
    devices = [Device("gpu0", "", 3), Device("gpu1", "", 1), Device("cpu", "", 1)]
    assert launchers.free_devices(devices, held) == ["gpu0", "gpu1"]
