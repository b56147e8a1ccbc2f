import os
from collections import Counter
import pytest
from hypothesis import HealthCheck, Phase, settings, seed
from hypothesis.stateful import run_state_machine_as_test
from tests.apps.machine.life import Life
from rejoin.common.rows import select
C=Counter()
class Counted(Life):
    def teardown(self):
        C["examples"]+=1
        if hasattr(self,"scene"):
            for q in ("SELECT 'case '||state||' '||final_outcome||case when elevated then ' elev' else '' end FROM followup_case","SELECT 'msg '||state||' '||error FROM outreach_message","SELECT 'step '||origin||' '||state FROM followup_step","SELECT 'turn '||turn||' '||reason FROM followup_caseevent","SELECT 'outcome '||status FROM attendance_outcome","SELECT 'attempt '||outcome FROM followup_attempt","SELECT 'review '||trigger FROM followup_review","SELECT 'rt '||turn FROM followup_reviewevent", "SELECT 'reply '||meaning FROM outreach_reply","SELECT 'kept '||kept FROM followup_promiseoutcome", "SELECT 'disp' FROM followup_disposition"):
                for (x,) in set(select(q)): C[x]+=1
            for t in self.went_out(): C["taken"]+=1
        super().teardown()
@pytest.mark.django_db
def test_stats() -> None:
    n = int(os.environ.get("N", "30")); steps = int(os.environ.get("STEPS", "40"))
    try:
        run_state_machine_as_test(Counted, settings=settings(max_examples=n, stateful_step_count=steps, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]))
    finally:
        for k,v in sorted(C.items()): print(k,v)
