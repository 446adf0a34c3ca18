"""The dashboard's entry page, Overview, and its server; start it with ``streamlit run streamlit_app.py``."""

if __name__ == "__main__":  # Streamlit draws the page
    from pages.overview.page import draw_page
    from pages.shared.ui.layout import page_layout

    with page_layout("Overview"):
        draw_page()
else:  # ``streamlit run`` has found ``app`` in this file, and imports it to serve it
    import streamlit as st

    from pages.server.app import keep_watch, middleware, routes

    app = st.App(__file__, routes=routes(), middleware=middleware(), lifespan=keep_watch)
