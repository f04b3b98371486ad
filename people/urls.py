"""Addresses of people's pages. Names beginning with ``account_`` are allauth's."""

from __future__ import annotations

from django.urls import path

from people import views

urlpatterns = [
    path("", views.home, name="home"),
    path("dang-nhap/", views.sign_in, name="account_login"),
    path("dang-xuat/", views.sign_out, name="account_logout"),
    path("tai-khoan/", views.account, name="account"),
    path("tai-khoan/mat-khau/", views.change_password, name="account_change_password"),
    path("tai-khoan/ngung-hoat-dong/", views.inactive, name="account_inactive"),
    path("ngon-ngu/", views.set_language, name="set_language"),
    path("kieu-dang/", views.style, name="style"),
]
