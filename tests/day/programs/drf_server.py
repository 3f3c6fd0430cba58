"""A list of orders with Django REST framework, on Django's own server."""

import sys

import django
from django.conf import settings

settings.configure(
    DEBUG=False,
    SECRET_KEY="x" * 50,
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["rest_framework"],
    REST_FRAMEWORK={
        "UNAUTHENTICATED_USER": None,
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
)
django.setup()

from django.core.management import execute_from_command_line
from django.urls import path
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.response import Response


class Order(serializers.Serializer):
    item = serializers.CharField(max_length=20)
    count = serializers.IntegerField(min_value=1)


@api_view(["GET", "POST"])
def orders(request):
    if request.method == "GET":
        return Response([{"id": 1}])
    order = Order(data=request.data)
    order.is_valid(raise_exception=True)
    return Response({"id": 1, **order.validated_data}, status=201)


@api_view(["GET"])
def order(_request, number):
    return Response({"id": number})


urlpatterns = [path("orders/", orders), path("orders/<int:number>/", order)]

if __name__ == "__main__":
    execute_from_command_line(["manage", "runserver", "--noreload", sys.argv[1]])
