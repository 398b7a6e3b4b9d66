from django.urls import path

from accounts.web.notifications import gallery, page, unsubscribe

urlpatterns = [
    path("notifications/", page.notifications, name="notifications"),
    path("notifications/unsubscribe/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("mail/", gallery.mails, name="mails"),
    path("mail/<slug:name>/", gallery.mail, name="mail"),
    path("mail/<slug:name>/<slug:scheme>/", gallery.mail_part, name="mail_part"),
]
