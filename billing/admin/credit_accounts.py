"""The credits of people: staff look at them, adjust them with a reason, and change the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import F
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.models import User
from billing.admin.by_hand_forms import AdjustForm, PlanChoiceForm
from billing.by_hand import adjust_credits, set_plan
from billing.models import CreditAccount
from creator.lib.errors import Refused
from creator.lib.formatting import count, moment
from creator.web.staff import ReadOnlyAdmin

MOST_ENTRIES = MOST_BUCKETS = 50
Act = Callable[[User, dict[str, Any], Any], str]


@admin.register(CreditAccount)
class CreditAccountAdmin(ReadOnlyAdmin):
    list_display = ("owner", "plan", "available", "reserved", "spent", "debt", "created_at")
    list_select_related = ("owner", "plan")
    list_filter = ("plan",)
    search_fields = ("owner__email__startswith",)
    ordering = ("-pk",)
    change_form_template = "admin/billing/creditaccount/change_form.html"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [
            *(field.name for field in CreditAccount._meta.concrete_fields),
            "buckets_left",
            "last_entries",
        ]

    @admin.display(description="Credits that are left, in the order of use")
    def buckets_left(self, account: CreditAccount) -> SafeString:
        left = account.buckets.filter(left__gt=0).order_by(F("expires_at").asc(nulls_last=True), "pk")
        return _table(
            ("Left", "Of", "Expire"),
            (
                (f"{each.left:,}", f"{each.amount:,}", _moment(each.expires_at))
                for each in left[:MOST_BUCKETS]
            ),
        )

    @admin.display(description=f"The last {MOST_ENTRIES} entries")
    def last_entries(self, account: CreditAccount) -> SafeString:
        return _table(
            ("At", "Kind", "Credits", "Source", "Reason"),
            (
                (_moment(each.at), each.kind, f"{each.amount:,}", each.source, each.reason)
                for each in account.entries.order_by("-pk")[:MOST_ENTRIES]
            ),
        )

    def get_urls(self) -> list[URLPattern]:
        def view(call: Any) -> Any:
            return self.admin_site.admin_view(call)

        return [
            path("<int:account_id>/adjust/", view(self.adjust), name="billing_creditaccount_adjust"),
            path("<int:account_id>/plan/", view(self.change_plan), name="billing_creditaccount_plan"),
            *super().get_urls(),
        ]

    def adjust(self, request: HttpRequest, account_id: int) -> HttpResponseBase:
        return self._by_hand(request, account_id, "Adjust credits", AdjustForm, _adjust)

    def change_plan(self, request: HttpRequest, account_id: int) -> HttpResponseBase:
        return self._by_hand(request, account_id, "Change plan", PlanChoiceForm, _change_plan)

    def _by_hand(
        self, request: HttpRequest, account_id: int, title: str, form_class: type[forms.Form], act: Act
    ) -> HttpResponseBase:
        """Shows the form, and does what it says. A refusal comes back with the form."""
        if not request.user.has_perm("billing.change_creditaccount"):
            raise Refused("not_allowed", "You may look at credits and not change them.")
        account = CreditAccount.objects.select_related("owner", "plan").filter(pk=account_id).first()
        if account is None or account.owner is None:
            raise Refused("not_found", "There is no such account, or its person was erased.")
        form = form_class(request.POST or None, initial={"plan": account.plan_id})
        if request.method == "POST" and form.is_valid():
            try:
                done = act(account.owner, form.cleaned_data, request.user.pk)
            except Refused as refused:
                form.add_error(None, " ".join([refused.message, *refused.problems.values()]))
            else:
                messages.success(request, done)
                return redirect("admin:billing_creditaccount_change", account_id)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "account": account}
        return TemplateResponse(
            request, "admin/billing/by_hand.html", {**context, "form": form, "title": title}
        )


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> SafeString:
    cells = format_html_join("", "<th>{}</th>", ((each,) for each in head))
    lines = format_html_join(
        "", "<tr>{}</tr>", ((format_html_join("", "<td>{}</td>", ((cell,) for cell in row)),) for row in rows)
    )
    return format_html("<table><tr>{}</tr>{}</table>", cells, lines)


def _moment(at: datetime | None) -> str:
    return moment(at, "minute") if at else "never"


def _adjust(owner: User, values: dict[str, Any], actor_id: Any) -> str:
    amount = values["amount"]
    is_new = adjust_credits(
        owner=owner, amount=amount, reason=values["reason"], key=values["key"], actor_id=actor_id
    )
    if not is_new:
        return "This adjustment was made before, and was not made again."
    return f"{count(abs(amount), 'credit')} {'added' if amount > 0 else 'taken'}."


def _change_plan(owner: User, values: dict[str, Any], actor_id: Any) -> str:
    limits = set_plan(owner=owner, slug=values["plan"].pk, actor_id=actor_id)
    return f"The plan is {limits.title} now."
