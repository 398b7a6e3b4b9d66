"""Pages of sign-in that are ours in place of allauth's, under the same names."""

from django.urls import path, re_path

from accounts.web import email, google, passwords, sign_up, verification
from accounts.web.proof_by_mail import proof_by_mail, proof_link
from accounts.web.reauthentication import recently_proved

urlpatterns = [
    path("signup/", sign_up.SignUpPage.as_view(), name="account_signup"),
    path("confirm-email/", verification.SentPage.as_view(), name="account_email_verification_sent"),
    re_path(
        r"^confirm-email/(?P<key>[-:\w]+)/$", verification.ConfirmPage.as_view(), name="account_confirm_email"
    ),
    path("email/", email.email, name="account_email"),
    path("email/change/", email.change, name="account_email_change"),
    path("email/confirm/<str:key>/", email.confirm, name="account_email_confirm_change"),
    path("google/", google.sign_in, name="google_sign_in"),
    path("google/callback/", google.callback, name="google_callback"),
    path("reauthenticate/mail/", proof_by_mail, name="account_proof_by_mail"),
    path("reauthenticate/mail/<str:token>/", proof_link, name="account_proof_link"),
    path("password/change/", passwords.ChangePage.as_view(), name="account_change_password"),
    path("password/set/", recently_proved(passwords.SetPage.as_view()), name="account_set_password"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        passwords.ResetPage.as_view(),
        name="account_reset_password_from_key",
    ),
]
