"""Memory: how far back do a simple RNN, a GRU and an LSTM remember? They learn it beside each other, in a minute."""

from pages.widgets.memory import view
from pages.widgets.shared import page

LINE = "A network reads a letter, then dots, then a question mark: which letter was it? The dots say nothing."

with page.start("Memory", LINE) as store:
    chosen = view.chosen(store)
    if chosen:
        view.show(store, chosen)
    else:
        view.form(store)
