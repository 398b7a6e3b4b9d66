"""The pages of staff at /admin/: Django's admin, with our sign-in and no other."""

from __future__ import annotations

from functools import cached_property, wraps
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.admin import AdminSite, ModelAdmin, ShowFacets
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from creator.lib.errors import Refused

MOST_COUNTED = 10_000
FOR_STAFF = "These pages are for the staff of this site."
UNCONFIRMED = "These pages need a confirmed email address. Open the link in the mail that we sent you."


class StaffSite(AdminSite):
    """Lets in members of the staff whose e-mail address is confirmed. Others are refused, strangers sent to sign in.

    Django's own forms for sign-in and change of password are not served: they know neither our limits of tries nor
    second factors.
    """

    site_header = site_title = "Creator: staff"
    index_title = "What there is"
    index_template = "admin/staff_index.html"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and _is_confirmed(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            _check_staff(request)
            return inner(request, *args, **kwargs)  # type: ignore[no-any-return]

        return answer

    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        back = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(back)
        _check_staff(request)
        return redirect("admin:index")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return LogoutView.as_view(next_page="landing")(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_change_password")


class BoundedPaginator(Paginator):
    """Counts no further than MOST_COUNTED rows: counting millions takes PostgreSQL seconds for each page."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]  # the admin gives nothing else
        return rows.order_by()[:MOST_COUNTED].count()


class ReadOnlyAdmin(ModelAdmin):
    """Rows that staff may look at. What changes them is code, which checks and records it."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # each is a count of all rows
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _check_staff(request: HttpRequest) -> None:
    if not request.user.is_staff:
        raise Refused("not_allowed", FOR_STAFF)
    if not _is_confirmed(request):
        raise Refused("not_allowed", UNCONFIRMED)


def _is_confirmed(request: HttpRequest) -> bool:
    confirmed: bool = EmailAddress.objects.filter(user_id=request.user.pk, verified=True).exists()
    return confirmed
