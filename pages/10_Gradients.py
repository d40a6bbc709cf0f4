"""Gradients: how they vanish and explode on their way back through time, cell by cell, and what clipping does."""

from pages.widgets.gradients import views
from pages.widgets.shared import choices, page

LINE = "How gradients vanish or explode in backpropagation through time, and what clipping does."
VIEWS = {
    "Back through time": views.through_time,
    "Vanish or explode": views.vanish_or_explode,
    "Clipping": views.clipping,
}

with page.start("Gradients", LINE) as store:
    choices.view(VIEWS, key="part")(store)
