"""Pages of webhooks: the list, one webhook with its deliveries, and what people change."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from accounts.callers import signed_in_user
from accounts.encryption import Unreadable
from accounts.web.reauthentication import recently_proved
from billing.enums import Feature
from billing.plans import missing_feature
from creator.lib.errors import Refused
from creator.web.pages import page
from jobs import webhooks as domain
from jobs.models import Webhook
from jobs.web.webhook_form import WebhookForm


@page("GET")
def webhooks(request: HttpRequest) -> HttpResponse:
    """The person's webhooks."""
    user = signed_in_user(request)
    return render(
        request,
        "webhooks/webhooks.html",
        {"webhooks": domain.webhooks_of(user), "refused": _refusal(user.pk), "most": domain.MOST},
    )


@page("GET", "POST")
@recently_proved
def new_webhook(request: HttpRequest) -> HttpResponseBase:
    """The form of a new webhook; its secret is shown next."""
    form = WebhookForm(request.POST) if request.method == "POST" else WebhookForm()
    if request.method == "POST" and form.is_valid():
        try:
            user, address = signed_in_user(request), request.META["REMOTE_ADDR"]
            webhook, _ = domain.add_webhook(owner=user, address=address, **form.asked)
        except Refused as refused:
            form.take(refused)
        else:
            return redirect("webhook_secret", webhook.pk)
    return render(request, "webhooks/new.html", {"form": form})


@page("GET")
def webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """One webhook and what was sent to it, newest first, by `page`."""
    found = _webhook(request, webhook_id)
    shown = Paginator(domain.messages_of(found), domain.PAGE).get_page(request.GET.get("page"))
    sent = domain.with_states(found, list(shown))
    context = {"webhook": found, "shown": shown, "sent": sent, "refused": _refusal(found.owner_id)}
    return render(request, "webhooks/webhook.html", context)


@page("GET", "POST")
@recently_proved
def edit_webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponseBase:
    """The form of a webhook: its address, its description, its events."""
    found = _webhook(request, webhook_id)
    form = WebhookForm(request.POST) if request.method == "POST" else WebhookForm.of(found)
    if request.method == "POST" and form.is_valid():
        try:
            domain.change_webhook(found, form.asked, address=request.META["REMOTE_ADDR"])
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(request, "The webhook is changed.")
            return redirect("webhook", found.pk)
    return render(request, "webhooks/edit.html", {"form": form, "webhook": found})


@page("GET", "POST")
@recently_proved
def webhook_secret(request: HttpRequest, webhook_id: UUID) -> HttpResponseBase:
    """Shows the secret, and makes a new one."""
    found = _webhook(request, webhook_id)
    if request.method == "POST":
        domain.rotate_secret(found, address=request.META["REMOTE_ADDR"])
        messages.success(
            request, "This is the new secret. For a day messages are signed with the old one too."
        )
        return redirect("webhook_secret", found.pk)
    try:
        secret = domain.present_secret(found)
    except Unreadable:  # the page offers a new one
        secret = ""
    return render(request, "webhooks/secret.html", {"webhook": found, "secret": secret})


@page("POST")
def switch_webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponseBase:
    """Enables or disables it, by `enable`."""
    found, enable = _webhook(request, webhook_id), request.POST.get("enable") == "yes"
    try:
        domain.change_webhook(found, {"is_enabled": enable}, address=request.META["REMOTE_ADDR"])
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, "The webhook is enabled." if enable else "The webhook is disabled.")
    return redirect("webhook", found.pk)


@page("GET", "POST")
def delete_webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponseBase:
    """Asks whether to delete a webhook, and does it."""
    found = _webhook(request, webhook_id)
    if request.method != "POST":
        return render(request, "webhooks/delete.html", {"webhook": found})
    domain.delete_webhook(found, address=request.META["REMOTE_ADDR"])
    messages.success(request, f"The webhook to {found.host} is deleted.")
    return redirect("webhooks")


@page("POST")
def ping_webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponseBase:
    """Sends a test."""
    found = _webhook(request, webhook_id)
    try:
        message = domain.ping(found)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("webhook", found.pk)
    return redirect("webhook_delivery", found.pk, message.pk)


@page("GET")
def delivery(request: HttpRequest, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
    """One message: its body, and each try with its answer."""
    found = _webhook(request, webhook_id)
    (sent,) = domain.with_states(found, [domain.get_message(found, delivery_id)])
    return render(request, "webhooks/delivery.html", {"webhook": found, "sent": sent})


@page("POST")
def redeliver(request: HttpRequest, webhook_id: UUID, delivery_id: UUID) -> HttpResponseBase:
    """Sends a message again."""
    found = _webhook(request, webhook_id)
    try:
        domain.redeliver(found, domain.get_message(found, delivery_id))
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, "The message is sent again.")
    return redirect("webhook_delivery", found.pk, delivery_id)


def _webhook(request: HttpRequest, webhook_id: UUID) -> Webhook:
    return domain.get_webhook(signed_in_user(request), webhook_id)


def _refusal(owner_id: UUID) -> str:
    """Why the person may not use webhooks, or nothing."""
    refused = missing_feature([owner_id], Feature.WEBHOOKS).get(owner_id)
    return refused.message if refused else ""
