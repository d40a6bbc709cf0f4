"""The dashboard, opened by `streamlit run dashboard.py`: its server, its sidebar, and Home."""

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

from pages.widgets.home.old_addresses import OldAddresses
from pages.widgets.home.server_hosts import Hosts
from pages.widgets.home.server_start import checked, opened_store, opening
from pages.widgets.live import modules
from pages.widgets.shared import navigation
from rnnkit.feed import routes as feeds

LINE = "Pick a text and a network, watch it learn, read what it writes after every epoch."
NEXT = {
    "Compare": ("Compare runs", "Curves, settings and samples side by side."),
    "Run": ("Generate text", "Any prompt, any temperature, any epoch."),
    "Texts": ("Look at the texts", "Classics, built-in texts, or your own."),
}


def home() -> None:
    """The page."""
    from pages.widgets.home import import_run, run_cards
    from pages.widgets.shared import page, trash  # here: a server that starts has no need to wait for them

    with page.start(navigation.HOME, LINE, title="Networks that learn to write") as store:
        if st.button("Train a network", type="primary", icon=":material/play_arrow:"):
            navigation.leave_for("Train")

        training = run_cards.training_now(store)
        if not run_cards.show(store) and not training:
            st.info(
                "No network has been trained here yet. The first one takes a minute or two and needs no download: "
                "it learns to write recipes.", title="Begin with the button above", icon=":material/lightbulb:",
            )  # fmt: skip

        st.header("Where to go next", anchor=False)
        with st.grid(3, min_column_width=240):
            for target, (label, sentence) in NEXT.items():
                with st.container(border=True, height="stretch"):
                    navigation.link(target, f"**{label}**", **({"tab": "sample"} if target == "Run" else {}))
                    page.note(sentence)
        import_run.show(store)
        trash.show(store)


if __name__ == "__main__":  # somebody opens a page
    navigation.sidebar(home).run()
else:  # the server starts
    PagesManager.uses_pages_directory = False  # or, until Home is opened, Streamlit lists the files by itself
    checked()
    # Streamlit answers what it does not know with its own page: routes stand below the path prefix. Hosts guards them.
    prefix = st.get_option("server.baseUrlPath")
    ours = [*feeds.routes(prefix, opened_store), *modules.routes(prefix)]
    app = st.App(__file__, lifespan=opening, middleware=[Middleware(Hosts), Middleware(OldAddresses)], routes=ours)
