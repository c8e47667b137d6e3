"""Posts each message as JSON to one URL."""

from patchbay_sdk import SendError, config, http, notifier, secrets


def send(message):
    """The message's id is the same at every try, so that the receiver can tell a repetition."""
    # The host puts the secret in its place; it never comes here.
    headers = {"authorization": f"Bearer {secrets.placeholder('hook-token')}"}
    fields = {name: getattr(message, name) for name in ["id", "severity", "title", "body"]}
    answer = http.post(config()["url"], headers=headers, json=fields)
    if answer.ok:
        return receiver_id(answer)
    # A server in trouble may take the same message later; one that refuses it will not.
    raise SendError(f"http-{answer.status}", answer.text()[:200], retryable=answer.status >= 500)


def receiver_id(answer):
    try:
        return str(answer.json().get("id", ""))
    except (AttributeError, ValueError):
        return ""


# The name that the build looks for.
Delivery = notifier("{{name}}", "Posts each message as JSON", send)
