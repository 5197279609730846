"""What moto lacks of the calls that terraform/ makes, added to moto's own classes.

An answer here is as short as the provider lets it be: it keeps what it was given and gives it back. What it says of AWS is
therefore nothing but that the provider asked in this form; scripts/platform/terraform prints how many resources that concerns.
"""

import importlib
from collections import Counter, defaultdict

# Resources that were made by an answer of ours, by Terraform's type of them.
MADE = Counter()


def kept(backend):
    """Where answers of ours keep what they made: kinds of things, each by name. It lives as long as moto's own backend."""
    if not hasattr(backend, "plus"):
        backend.plus = defaultdict(dict)
    return backend.plus


def adds_to(service, paths=()):
    """Gives the methods of a class to moto's class of responses of a service. What moto has learnt since must go from here."""
    responses = importlib.import_module(f"moto.{service}.responses")
    urls = importlib.import_module(f"moto.{service}.urls")

    def add(addition):
        target = next(c for n, c in vars(responses).items() if n.endswith("Response") and c.__module__ == responses.__name__)
        for name, method in vars(addition).items():
            if name.startswith("__"):
                continue
            if name in vars(target):
                raise SystemExit(f"moto answers {service}.{name} by itself now: take it out of tests/moto_plus.")
            setattr(target, name, method)
        for path in paths:
            urls.url_paths.setdefault("{0}" + path, target.dispatch)
        return addition

    return add
