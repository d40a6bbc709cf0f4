"""What moves in a page without a rerun: modules of ours for the browser, and components that use them."""
