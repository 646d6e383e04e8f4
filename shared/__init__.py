"""What several endpoint groups use. Nothing here imports from a group."""

import gc
import os

# pydantic looks for plugins in every package that is installed, at each start; we have none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

# While a function loads, nearly all that it makes will stay, and looking for what does not takes a
# seventh of a cold start. Once its client is made, `shared.clients` goes back to the usual.
USUAL_THRESHOLD = gc.get_threshold()
gc.set_threshold(200_000)
