"""The application, which may change its mind tomorrow."""

CURRENCY = "EUR"
