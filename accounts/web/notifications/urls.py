from django.urls import path

from accounts.web.notifications.page import notifications
from accounts.web.notifications.unsubscribe import unsubscribe

urlpatterns = [
    path("notifications/", notifications, name="notifications"),
    path("notifications/unsubscribe/<str:token>/", unsubscribe, name="unsubscribe"),
]
