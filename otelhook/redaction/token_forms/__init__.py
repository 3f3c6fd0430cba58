"""Forms of tokens, as their issuers publish them: one row says all that redaction knows of one.

Prefix, alphabet and length are from the issuers' own documents, and from the rules that gitleaks
and TruffleHog publish. The quick look at a text (`otelhook.redaction.rules.prefilter`) and the
patterns (`otelhook.redaction.rules.forms`) are both built from the rows, and each row's sample is
tested against both and against ``otelhook scan``.
"""

from otelhook.redaction.token_forms.addresses import ADDRESSES
from otelhook.redaction.token_forms.clouds import CLOUDS
from otelhook.redaction.token_forms.code_hosts import FORGES
from otelhook.redaction.token_forms.form import Form
from otelhook.redaction.token_forms.messages import MESSAGES
from otelhook.redaction.token_forms.observability import MODELS, OBSERVERS
from otelhook.redaction.token_forms.payments import PAYMENTS
from otelhook.redaction.token_forms.self_described import SELF_DESCRIBED
from otelhook.redaction.token_forms.standards import STANDARDS

__all__ = ["FORMS", "Form"]

FORMS: tuple[Form, ...] = (
    *STANDARDS,
    *FORGES,
    *CLOUDS,
    *OBSERVERS,
    *MODELS,
    *PAYMENTS,
    *MESSAGES,
    *ADDRESSES,
    *SELF_DESCRIBED,
)
"""Of two forms that begin alike, the earlier is tried first."""
