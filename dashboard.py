"""The dashboard, opened by `streamlit run dashboard.py`: its server, its sidebar, and Home."""

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

from pages.widgets.home.old_addresses import OldAddresses
from pages.widgets.home.server_cookie import Cookie
from pages.widgets.home.server_hosts import Hosts
from pages.widgets.home.server_sign_in import SignIn
from pages.widgets.home.server_start import checked, opened_store, opening
from pages.widgets.live import modules
from pages.widgets.shared import navigation
from rnnkit.feed import monitoring
from rnnkit.feed import routes as feeds

LINE = "Pick a text and a network, watch it learn, read what it writes after every epoch."


def home() -> None:
    """The page."""
    from pages.widgets.home import import_run, questions, run_cards
    from pages.widgets.shared import page, trash  # here: a server that starts has no need to wait for them

    with page.start(navigation.HOME, LINE, title="Networks that learn to write") as store:
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button("Train a network", type="primary", icon=":material/play_arrow:"):
                navigation.leave_for("Train")
            import_run.show(store)
        run_cards.training_now(store)
        run_cards.own(store)
        run_cards.best(store)
        st.header("What do you want to know?", anchor=False)
        questions.show(store)
        trash.show(store)


if __name__ == "__main__":  # somebody opens a page
    navigation.sidebar(home).run()
else:  # the server starts
    PagesManager.uses_pages_directory = False  # or, until Home is opened, Streamlit lists the files by itself
    secrets = checked()
    # Streamlit answers what it does not know with its own page: routes stand below the path prefix. Hosts guards them.
    prefix = st.get_option("server.baseUrlPath")
    ours = [*feeds.routes(prefix, opened_store), *modules.routes(prefix)]
    ours += monitoring.routes(prefix, opened_store, lambda: feeds.answers)
    around = [Middleware(Hosts), Middleware(OldAddresses), Middleware(Cookie, opened_store)]
    if secrets:
        around.append(Middleware(SignIn, opened_store))
    app = st.App(__file__, secrets=secrets or None, lifespan=opening, middleware=around, routes=ours)
