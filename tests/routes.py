"""The addresses of the many applications of one test process, registered once: a third of making an application.

The first application registers its routes as Flask does. One after it that registers the same ones, in the same order,
takes over the finished map of the first; as soon as one differs, it registers all of its own.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, NamedTuple, cast

from flask import Flask
from flask.sansio.app import App
from werkzeug.routing import Map, Rule, RuleFactory
from werkzeug.routing.matcher import StateMachineMatcher

MANY = 100
"""Routes from which on an application is one with pages."""
Step = tuple[object, ...]


class Model(NamedTuple):
    """What the first application has registered."""

    steps: list[Step]
    rules: list[Rule]
    matcher: StateMachineMatcher
    by_endpoint: dict[str, list[Rule]]


_model: list[Model] = []
_lock = Lock()


class Routes(Map):
    """The addresses of an application; those of the model as long as they are the same."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._steps: list[Step] = []
        self._added: list[Rule] = []
        self._lent = False
        self._follows = bool(_model)

    def follow(self, step: Step) -> bool:
        """Whether the next route is that of the model, and needs not be made; if not, it is to be added."""
        place = len(self._steps)
        if self._lent or (self._follows and _model[0].steps[place : place + 1] != [step]):
            self._own(place)
        self._steps.append(step)
        return self._follows

    def add(self, rulefactory: RuleFactory) -> None:
        """Add a route that is not the model's."""
        if self._follows or self._lent:
            self._own(len(self._steps))
        self._added += [rulefactory] if isinstance(rulefactory, Rule) else []
        super().add(rulefactory)

    def update(self) -> None:
        """Called before every use."""
        if not self._lent and (self._follows or (not _model and len(self._steps) >= MANY)):
            with _lock:
                self._borrow() if self._follows else self._lend()
        super().update()

    def _borrow(self) -> None:
        """Take the map of the model, if all of it was registered."""
        if not self._follows or self._lent:
            return
        if len(self._steps) < len(_model[0].steps):
            self._own(len(self._steps))
            return
        self._matcher, self._rules_by_endpoint = _model[0].matcher, _model[0].by_endpoint
        self._remap, self._lent = False, True

    def _lend(self) -> None:
        """Become the model."""
        if not _model and len(self._added) == len(self._steps):
            super().update()
            _model.append(Model([*self._steps], [*self._added], self._matcher, self._rules_by_endpoint))
            self._lent = True

    def _own(self, number: int) -> None:
        """Make the first routes of the model anew, for this application alone."""
        self._follows = self._lent = False
        self._matcher, self._rules_by_endpoint = StateMachineMatcher(self.merge_slashes), {}
        for rule in _model[0].rules[:number]:
            again = cast(Any, rule.empty())
            again.provide_automatic_options = cast(Any, rule).provide_automatic_options
            super().add(again)


def share() -> None:
    """Let all applications of this process have one map, where they have the same routes."""
    register = App.add_url_rule
    cast(Any, Flask).url_map_class = Routes

    def add_url_rule(
        self: Flask,
        rule: str,
        endpoint: str | None = None,
        view_func: Any = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        told = [getattr(view_func, name, None) for name in ("methods", "required_methods", "provide_automatic_options")]
        step = (rule, endpoint, provide_automatic_options, repr(told), repr(sorted(options.items())))
        known = self.view_functions.get(endpoint or "", view_func) == view_func
        if endpoint and known and cast(Routes, self.url_map).follow(step):
            if view_func is not None:
                self.view_functions[endpoint] = view_func
            return
        register(self, rule, endpoint, view_func, provide_automatic_options, **options)

    cast(Any, App).add_url_rule = add_url_rule
