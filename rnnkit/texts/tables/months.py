# ruff: noqa: RUF001 - letters that look like others
"""Months by name, in many languages: by how a name begins, without case and marks. Knows no date."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# By language: how each month begins in all its cases. Without Croatian: its listopad is October, elsewhere November.
_BEGINNINGS = """
jan feb mar apr may jun jul aug sep oct nov dec
jan feb mrz apr mai jun jul aug sep okt nov dez
jan fev mar avr mai juin juil aou sep oct nov dec
ene feb mar abr may jun jul ago sep oct nov dic
jan fev mar abr mai jun jul ago set out nov dez
gen feb mar apr mag giu lug ago set ott nov dic
gen feb mar abr mai jun jul ago set oct nov des
jan feb maa apr mei jun jul aug sep okt nov dec
jan feb mar apr maj jun jul aug szept okt nov dec
jaan veeb mar apr mai juun juul aug sep okt nov dets
ian feb mar apr mai iun iul aug sep oct noi dec
jan feb mar apr mei jun jul agu sep okt nov des
stycz lut mar kwie maj czerw lip sierp wrze paz listopad grud
led unor brez dub kvet cerv cervenc srp zar rij listopad prosin
tammi helmi maalis huhti touko kesa heina elo syys loka marras joulu
oca sub mar nis mayi haz tem agu eyl eki kas ara
saus vasar kov baland geg birz liep rugpj rugs spal lapkr gruod
янв фев мар апр мая июн июл авг сен окт ноя дек
янв фев мар апр маи июн июл авг сен окт ноя дек
яну фев мар апр маи юни юли авг сеп окт ное дек
січ лют берез квіт трав черв лип серп верес жовт листопад груд
ιαν φεβ μαρ απρ μαι ιουν ιουλ αυγ σεπ οκτ νοε δεκ
يناير فبراير مارس ابريل مايو يونيو يوليو اغسطس سبتمبر اكتوبر نوفمبر ديسمبر
ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר
"""
_MONTHS: dict[str, int] = {
    "".join(sign for sign in unicodedata.normalize("NFD", beginning) if sign.isalpha()): month
    for line in _BEGINNINGS.split("\n") for month, beginning in enumerate(line.split(), 1)
} | {"cervenec": 7}  # fmt: skip
_LENGTHS = range(max(map(len, _MONTHS)), 2, -1)


@lru_cache(maxsize=2_000)
def month(name: str) -> int:
    """1 to 12 for the name of a month or its beginning, 0 for none."""
    letters = "".join(sign for sign in unicodedata.normalize("NFD", name.lower()) if sign.isalpha())
    letters = letters.removeprefix("\u05d1")  # "in" of Hebrew
    return next((found for length in _LENGTHS if (found := _MONTHS.get(letters[:length]))), 0)
