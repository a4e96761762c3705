"""Files that the page's users attach, read by a real server."""
import zlib

import pytest
import requests
from own_server import OwnServer


def make_pdf(content):
    """One page with this content stream, compressed."""
    packed = zlib.compress(content, 9)
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
             b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
             b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed),
             b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    out, places = b"%PDF-1.4\n", []
    for i, part in enumerate(parts):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (i + 1, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (table, len(out))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with OwnServer(tmp_path_factory.mktemp("data"), models=()) as running:
        yield running


@pytest.fixture(scope="module")
def upload(server):
    browser = requests.Session()
    config = browser.get(server.page_url + "/ui/config", timeout=10)
    if not config.ok:
        pytest.fail(config.text)

    def send(name, content):
        return browser.post(server.page_url + "/ui/attachments", params={"name": name}, data=content, timeout=90,
                            headers={"Content-Type": "application/octet-stream"})
    return send


def test_a_pdf_gives_its_text(upload):
    answer = upload("report.pdf", make_pdf(b"BT /F 12 Tf 50 700 Td (Tea for two) Tj ET"))
    assert answer.ok, answer.text
    assert answer.json()["kind"] == "pdf"
    assert answer.json()["characters"] == len("Tea for two") + 3  # line and page ends


def test_a_heavy_pdf_leaves_nothing_behind(server, upload):
    """Thirteen million letters in 200 kB take 250 MB to sort; not in the server."""
    lines = b"".join(b"1 0 0 1 %d %d Tm(%s)Tj " % (10 + i % 300, 20 + i * 7 % 700, b"a" * 32) for i in range(2000))
    before = server.resident_bytes()
    assert upload("heavy.pdf", make_pdf(b"BT /F 1 Tf " + lines * 200 + b"ET")).status_code in (200, 413, 415, 422, 501)
    assert server.process.poll() is None
    assert server.resident_bytes() - before < 30_000_000


@pytest.mark.parametrize("n_bytes", [5, 40, 200, 400])
def test_a_cut_off_pdf_is_refused_by_name(upload, n_bytes):
    answer = upload("half.pdf", make_pdf(b"BT ET")[:n_bytes])
    assert 400 <= answer.status_code < 500
    assert "'half.pdf'" in answer.json()["error"]["message"]
