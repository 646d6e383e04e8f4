"""One run of `dev.py deploy`: what is deployed where, and the questions to the person."""

from collections.abc import Callable
from dataclasses import dataclass, field

from accounts import Accounts
from gcloud import Cloud, Problem

from tools.console import say
from tools.deploy import presets
from tools.deploy.firebase import Firebase
from tools.deploy.patience import patiently


@dataclass
class Run:
    """The project, the preset, and what the steps have found."""

    project: str
    preset: str
    yes: bool
    pause: float
    number: str = ""  # of the project
    web_api_key: str = ""
    questions: int = 0
    cloud: Cloud = field(init=False)
    accounts: Accounts = field(init=False)
    firebase: Firebase = field(init=False)
    functions: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.cloud = Cloud(self.project, dry_run=False)
        self.accounts = Accounts(self.cloud)
        self.firebase = Firebase(self.project)
        self.functions = presets.functions(self.preset)

    @property
    def url(self) -> str:
        """Where Hosting serves the project."""
        return f"https://{self.project}.web.app"

    @property
    def command(self) -> str:
        """What the person types to run it again."""
        return f"python3 dev.py deploy --project {self.project} --preset {self.preset}"

    def ask(self, text: str, default: str) -> str:
        """The person's answer; the default where nothing may be asked."""
        if self.yes:
            return default
        self.questions += 1
        try:
            return input(f"\n{text} [{default}] ").strip().lower() or default
        except EOFError:
            raise Problem("No one is there to answer: run it again with --yes.") from None

    def step(self, what: str, do: Callable[[], None]) -> None:
        """Does one step, again while Google is late. Raises Problem."""
        say(f"\n== {what}")
        patiently(what, do, self.pause)
