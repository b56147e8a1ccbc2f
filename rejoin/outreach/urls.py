"""Addresses of the vendors' doors."""

from django.urls import path

from rejoin.outreach.webhooks import sms

urlpatterns = [
    path("hooks/sms/status", sms, {"kind": "status"}),
    path("hooks/sms/inbound", sms, {"kind": "inbound"}),
]
