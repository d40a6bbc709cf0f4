"""Class: opened with one button; its wall for the teacher, one's own part of it for a pupil."""

from pages.widgets.classroom import closed, pupil, teacher
from pages.widgets.shared import page
from rnnkit.people import acting

with page.start("Class", "", heading=False) as store:
    page.slim_title("Class", store)
    if store.open_class() is None:
        closed.show(store)
    elif acting.person(store).leads:
        teacher.show(store)
    else:
        pupil.show(store)
