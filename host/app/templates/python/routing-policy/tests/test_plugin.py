"""The cases, natively. `patchbay plugin test` runs this, and puts the same cases to the component."""

from patchbay_sdk.testing.cases import routing_cases
from plugin import Routing

Cases = routing_cases(Routing)
