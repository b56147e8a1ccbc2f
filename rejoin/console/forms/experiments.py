"""What is written down before a comparison starts, and why one is stopped."""

from typing import Any

from django import forms


class DesignForm(forms.Form):
    name = forms.CharField(label="Name", max_length=100)
    estimand = forms.CharField(label="What is compared, in words", max_length=1000)
    variant = forms.CharField(max_length=60)
    within_days = forms.IntegerField(min_value=1, max_value=28)
    usual = forms.FloatField(min_value=1, max_value=99)
    hoped = forms.FloatField(min_value=1, max_value=99)
    starts_on = forms.DateField()
    ends_on = forms.DateField()

    @property
    def shares(self) -> dict[str, Any]:
        """As shares of one; the difference is of the two."""
        usual, hoped = self.cleaned_data["usual"] / 100, self.cleaned_data["hoped"] / 100
        return {"usual_share": usual, "smallest_difference": hoped - usual}


class StopForm(forms.Form):
    words = forms.CharField(max_length=500)
