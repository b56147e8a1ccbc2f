"""Days and hours as her pages say them: as everybody's pages do (`rejoin.common.dates`)."""

from rejoin.common.dates import TIGHT, EnglishDates, SpanishDates, city_of, days_ahead, ended

__all__ = ["TIGHT", "EnglishDates", "SpanishDates", "city_of", "days_ahead", "ended"]
