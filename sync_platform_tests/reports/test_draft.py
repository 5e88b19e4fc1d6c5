"""draft"""
from datetime import timedelta
import random, time
from sync_platform.reports.report import REPORTS
from sync_platform_tests.reports.conftest import NOW, TODAY
from pathlib import Path

def test_draft(planted, tools, systems):
    planted.all_fresh(systems, NOW)
    r=random.Random(1)
    for s in systems:
        for e in s.entities:
            for back in range(0,90):
                day=TODAY-timedelta(days=back)
                if e.is_state and back: continue
                f = 1 if r.random()<.2 else 0
                b = 1 if r.random()<.02 else 0
                planted.connection.execute("delete from sync.entity_day where system=%s and entity=%s and business_day=%s",[e.system,e.name,day])
                planted.day(e.address, day, as_of=NOW-timedelta(days=back), rows=r.randrange(5000), checks_passed=12-f-b, checks_failed=f+b, blocking_failed=b, state="held" if b else "complete")
                if f: planted.rule(e.address, day, "product_in_catalogue", NOW-timedelta(days=back), unexpected_count=r.randrange(90), element_count=5000, observed="17 of 5000 rows break the rule; 4836 rows name products the catalogue does not list")
                if b: planted.rule(e.address, day, "key_is_unique", NOW-timedelta(days=back), unexpected_count=2, element_count=5000, blocking=True,severity="critical", observed="2 repeated keys")
                at=NOW-timedelta(days=back,hours=3)
                bad = r.random()<.05
                l=planted.sync(e.address, at, read=r.randrange(3000), way="whole_day", error_kind="unreachable" if bad else None, outcome="unreachable" if bad else "published",inserted=0, dead_lettered=0) if bad else planted.sync(e.address, at, read=(n:=r.randrange(3000)), inserted=n-3 if n>3 else n, dead_lettered=3 if n>3 else 0, loaded_at=at+timedelta(seconds=3), way="delta")
                for k in range(3): planted.poll(e.address, at+timedelta(minutes=k), *( ["unreachable"] if r.random()<.02 else [None]))
                for k in range(4): planted.landed(e.address, at, at-timedelta(seconds=r.expovariate(.3)), l)
    planted.letters("pos/sales", TODAY, 40)
    planted.letters("shop/orders", TODAY, 4, reason="value_set", field="currency")
    planted.rule("shop/orders", TODAY, "null_drift", NOW, observed="null rate of coupon went from 2.1 % (14 days before) to 48.0 %", sample='[{"field": "coupon"}]')
    planted.connection.execute("create table sync.volume(system text, entity text, business_day date, branch text, hour int, rows bigint)")
    planted.connection.execute("create table sync.profile(system text, entity text, business_day date, field text, rows bigint, nulls bigint)")
    for back in range(30):
        planted.connection.execute("insert into sync.profile values('shop','orders',%s,'coupon',1000,%s)",[TODAY-timedelta(days=back), 480 if back==0 else 20+back])
        for s in systems:
            for e in s.entities:
                planted.connection.execute("insert into sync.volume values(%s,%s,%s,'x',3,%s)",[e.system,e.name,TODAY-timedelta(days=back), r.randrange(4000,5000)])
    planted.rule("pos/sales", TODAY, "volume", NOW, observed="branch S0330: 0 rows in the last 30 min, expected 180 to 320")
    for rep in REPORTS:
        t=time.perf_counter(); w=rep.write(tools, Path("/tmp/rep")); print(rep.name, time.perf_counter()-t, w.page.stat().st_size, w.headline, w.figures)
        t=time.perf_counter(); w=rep.write(tools, Path("/tmp/rep")); print(rep.name, time.perf_counter()-t)
