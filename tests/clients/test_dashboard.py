"""deploy/grafana-dashboard.json asks for what /metrics has, and for all of it."""
import json
import re
from pathlib import Path

import requests
from bad_upstream import MODEL, BadUpstream
from own_server import OwnServer
from prometheus_client.parser import text_string_to_metric_families

DASHBOARD = json.loads((Path(__file__).parents[2] / "deploy/grafana-dashboard.json").read_text())
OF_THE_SCRAPE = {"le", "job", "instance"}


def test_every_panel_has_its_figures(tmp_path):
    with BadUpstream() as upstream, OwnServer(tmp_path, models=(), SAMOVAR_UPSTREAM=upstream.address) as server:
        body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "stream": False}
        assert requests.post(server.url + "/api/chat", json=body, timeout=20).status_code == 200
        families = list(text_string_to_metric_families(requests.get(server.url + "/metrics", timeout=10).text))
    labels = {sample.name: set(sample.labels) for family in families for sample in family.samples}
    # Families that have no sample yet are known by their name.
    names = set(labels) | {family.name + ("_total" if family.type == "counter" else "") for family in families}
    asked = set()
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            used = set(re.findall(r"\b(?:samovar|process)_[a-z_]+", target["expr"]))
            assert used and used <= names, (panel["title"], used - names)
            asked |= {re.sub("_bucket$", "", name) for name in used}
            wanted = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            wanted |= {name.strip() for group in re.findall(r"\bby \(([^)]*)\)", target["expr"]) for name in group.split(",")}
            known = set().union(*(labels.get(name, set()) for name in used))
            if used & set(labels):
                assert wanted - OF_THE_SCRAPE <= known, (panel["title"], wanted - known)
    every = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    assert asked == every, asked ^ every


def test_the_file_can_be_imported():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids)) and DASHBOARD["uid"] and DASHBOARD["title"]
    places = [tuple(panel["gridPos"].values()) for panel in DASHBOARD["panels"]]
    assert len(places) == len(set(places)) and all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in DASHBOARD["panels"])
    assert {variable["name"] for variable in DASHBOARD["templating"]["list"]} == {"source", "job"}
