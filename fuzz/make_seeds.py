#!/usr/bin/env python3
"""Writes what the fuzzers begin with into FOLDER/TARGET/: small files of every kind, from tests/data and by hand.

    make_seeds.py FOLDER

What a fuzzer found stands in tests/data/fuzz/TARGET/ instead.
"""
import io
import json
import os
import struct
import sys
import zipfile

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tests", "data")
CUT = b"\n----\n"


def write(target, name, content):
    folder = os.path.join(sys.argv[1], target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as out:
        out.write(content.encode() if isinstance(content, str) else content)


def text(value):
    return struct.pack("<Q", len(value.encode())) + value.encode()


def value(v):
    """A GGUF value with its type in front."""
    if isinstance(v, bool):
        return struct.pack("<I?", 7, v)
    if isinstance(v, int):
        return struct.pack("<II", 4, v) if v >= 0 else struct.pack("<Ii", 5, v)
    if isinstance(v, float):
        return struct.pack("<If", 6, v)
    if isinstance(v, str):
        return struct.pack("<I", 8) + text(v)
    items = [value(item) for item in v]
    kind = items[0][:4] if items else struct.pack("<I", 8)
    return struct.pack("<I", 9) + kind + struct.pack("<Q", len(v)) + b"".join(item[4:] for item in items)


def gguf_file(metadata, tensors):
    out = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    for key, v in metadata.items():
        out += text(key) + value(v)
    offset = 0
    for name, dims in tensors:
        out += text(name) + struct.pack("<I", len(dims)) + b"".join(struct.pack("<Q", d) for d in dims)
        out += struct.pack("<IQ", 0, offset)
        n = 4
        for d in dims:
            n *= d
        offset += (n + 31) // 32 * 32
    return out + bytes(-len(out) % 32) + bytes(offset)


def sizes(arch, **more):
    found = {"context_length": 64, "embedding_length": 16, "block_count": 1, "feed_forward_length": 32,
             "attention.head_count": 2, "attention.head_count_kv": 1, "attention.layer_norm_rms_epsilon": 1e-5}
    return {"general.architecture": arch} | {f"{arch}.{key}": v for key, v in (found | more).items()}


def model_files():
    letters = [chr(c) for c in range(33, 127)] + ["Ġ", "Ċ"]
    merges = ["h e", "l l", "he ll", "Ġ t"]
    bpe = {"model": "gpt2", "pre": "smollm", "tokens": ["<s>", "</s>", *letters, *(m.replace(" ", "") for m in merges)],
           "token_type": [3, 3] + [1] * (len(letters) + len(merges)), "merges": merges, "bos_token_id": 0, "eos_token_id": 1}
    bytes_ = [f"<0x{b:02X}>" for b in range(256)]
    spm = {"model": "llama", "tokens": ["<unk>", "<s>", "</s>", *bytes_, "▁", "▁t", "h", "e", "▁th", "he"],
           "token_type": [2, 3, 3] + [6] * 256 + [1] * 6, "scores": [0.0] * 259 + [-1.0, -2.0, -3.0, -4.0, -5.0, -6.0],
           "bos_token_id": 1, "eos_token_id": 2, "add_bos_token": True, "unknown_token_id": 0}
    tensors = [("token_embd.weight", [16, 4]), ("output_norm.weight", [16])]
    for name, metadata, vocabulary in (
            ("llama-bpe", sizes("llama", **{"rope.dimension_count": 8}), bpe),
            ("gemma2-spm", sizes("gemma2", **{"attention.key_length": 8, "attention.value_length": 8,
                                              "attention.sliding_window": 16, "attn_logit_softcapping": 50.0,
                                              "final_logit_softcapping": 30.0}), spm),
            ("gemma3-spm", sizes("gemma3", **{"attention.key_length": 8, "attention.value_length": 8,
                                              "attention.sliding_window": 16}), spm),
            ("qwen2-bpe", sizes("qwen2"), bpe | {"pre": "qwen2"}),
            ("phi3-spm", sizes("phi3", **{"rope.scaling.original_context_length": 32}), spm)):
        metadata |= {f"tokenizer.ggml.{key}": v for key, v in vocabulary.items()}
        write("gguf", name, gguf_file(metadata, tensors))


def templates():
    folder = os.path.join(DATA, "text", "templates")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            content = file.read()
        if len(content) < 3000:
            write("jinja" if name.endswith(".jinja") else "go_template", name.rsplit(".", 1)[0], content)
    for target, name in (("jinja", "snippets.txt"), ("go_template", "go_snippets.txt")):
        with open(os.path.join(DATA, "text", name), encoding="utf-8") as file:
            for i, snippet in enumerate(file.read().split("\n----\n")):
                write(target, f"snippet-{i:03}", snippet)


def formats():
    with open(os.path.join(DATA, "sampling", "json_schema_suite.jsonl"), encoding="utf-8") as file:
        groups = [json.loads(line) for line in file]
    for i, group in enumerate(groups):
        if i % 9 == 0 and group["valid"]:
            write("schema", f"suite-{i:03}", json.dumps(group["schema"]).encode() + CUT + group["valid"][0].encode())
    for i, (grammar, sample) in enumerate((
            ('root ::= "yes" | "no"', "yes"),
            ('root ::= (expr "=" term "\\n")+\nexpr ::= term ([-+*/] term)*\nterm ::= num | "(" expr ")"\nnum ::= [0-9]+', "1+2=3\n"),
            ('root ::= "a"{3} "b"{2,} "c"{0,2} "d"? {1,1} # end', "aaabbd"),
            ('root ::= [^a-z\\n]+ . x\nx ::= "\\x41\\u00e9" | root', "1A"),
            ('root ::= root "a" | "b"', "baa"))):
        write("gbnf", f"grammar-{i}", grammar.encode() + CUT + sample.encode())
    for i, (pattern, sample) in enumerate((
            ("[a-z]+@[a-z]+\\.(com|org)", "me@a.org"), ("^\\d{3}-\\d{4}$", "555-1234"), ("(?:ab|cd){2,5}x?", "abcdx"),
            ("\\p{L}+\\s[^\\W_]*", "мир x"), ("(a*)*b", "aab"), (".{1,100}(?=x)", "x"))):
        write("regex", f"pattern-{i}", pattern.encode() + CUT + sample.encode())


def requests():
    with open(os.path.join(DATA, "api", "recorded.jsonl"), encoding="utf-8") as file:
        exchanges = [json.loads(line) for line in file]
    seen = set()
    for exchange in exchanges:
        kind = exchange["path"].strip("/").replace("/", "-").partition("?")[0]
        body = exchange["body"]
        if 20 < len(body) < 1500 and (kind, exchange["status"]) not in seen:
            seen.add((kind, exchange["status"]))
            write("requests", f"{kind}-{exchange['status']}"[:60], body)
    write("store", "modelfile", 'FROM ./model.gguf\nPARAMETER temperature 0.7\nPARAMETER stop "<|im_end|>"\n'
                                'TEMPLATE """{{ .Prompt }}\n"""\nSYSTEM Be brief.\nMESSAGE user Hello\nLICENSE """MIT"""\n# end\n')
    write("store", "name", "hf.co/user/repo-GGUF:Q4_0")
    write("store", "name-port", "localhost:5000/space/model:tag")
    digest = "sha256:" + "0123456789abcdef" * 4
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": digest, "size": 12}
    write("store", "manifest", json.dumps({"schemaVersion": 2, "config": layer, "layers": [layer, layer]}))
    write("store", "config", json.dumps({"model_format": "gguf", "model_family": "llama", "model_families": ["llama"],
                                         "model_type": "135M", "file_type": "Q4_1", "rootfs": {"type": "layers", "diff_ids": [digest]}}))
    write("heads", "plain", b"/chat/api?a=1&b=%41+c" + CUT + b"a=b; c=d" + CUT + b"127.0.0.1, 10.0.0.0/8 ::1")
    write("heads", "absolute", b"http://host:80/x?a" + CUT + b"10.0.0.1, [::1]:443" + CUT + b"127.0.0.1/32")


def answers():
    call = '{"name": "look", "arguments": {"a": [1, "b"]}}'
    for i, (tag, said) in enumerate((
            ("<tool_call>", f"Let me see.\n<tool_call>\n{call}\n</tool_call>\n<tool_call>{call}</tool_call>"),
            ("[TOOL_CALLS]", f"[TOOL_CALLS][{call}, {call}]"), ("{", call), ("{", "No call { here }"),
            ("<think>", "<think>\nHm.\n</think>\n\nAn answer."), ("x", "</think> <think> a"),
            ("data", 'event: a\r\ndata: {"x":1}\r\n\r\ndata: one\ndata: two\n\n:comment\n\ndata: [DONE]\n\n'))):
        write("answers", f"said-{i}", tag.encode() + CUT + said.encode())


def page():
    write("setup", "small", 'name = "Ours"\ndefault_model = "gemma2:2b"\n[settings]\ntemperature = 0.3\nstop = ["a"]\n'
                            '[features]\nshare = true\n[[starters]]\nid = "a"\nlabel = { en = "A", ru = "Я" }\ntext = "Do {{input}}"\n'
                            '[[profiles]]\nid = "p"\nname = "P"\nstarters = ["a"]\n[[links]]\nlabel = "L"\nurl = "https://a.example"\n'
                            '[[commands]]\nname = "sum"\ntext = "Sum {{input}} in {{lang}}"\n[server]\nport = 8000\n')
    message = {"id": "m1", "parentId": None, "childrenIds": ["m2"], "role": "user", "content": "Hi", "timestamp": 1700000000}
    reply = {"id": "m2", "parentId": "m1", "childrenIds": [], "role": "assistant", "content": "Hello", "model": "m", "timestamp": 1700000001}
    write("import", "open-webui", json.dumps([{"id": "c", "title": "T", "chat": {"title": "T", "models": ["m"], "history": {
        "currentId": "m2", "messages": {"m1": message, "m2": reply}}}, "created_at": 1700000000, "updated_at": 1700000001, "pinned": True}]))
    write("import", "samovar", json.dumps({"format": "samovar-conversations", "version": 1, "chats": [{
        "id": "c", "title": "T", "created_ms": 1, "changed_ms": 2, "folder": "f", "tags": ["t"], "messages": [
            {"id": "a", "role": "user", "content": "Hi", "created_ms": 1, "attachments": [{"name": "a.txt", "kind": "text", "text": "x"}]},
            {"id": "b", "parent": "a", "role": "assistant", "content": "Hello", "created_ms": 2, "stats": {"tokens": 2}}]}]}))
    write("import", "chainlit", json.dumps([{"id": "t", "name": "T", "createdAt": "2026-01-02T03:04:05Z", "steps": [
        {"id": "s1", "type": "user_message", "output": "Hi", "createdAt": "2026-01-02T03:04:05Z"},
        {"id": "s2", "parentId": "s1", "type": "assistant_message", "output": "Hello", "createdAt": "2026-01-02T03:04:06Z"}]}]))
    for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", method) as archive:
            for path, content in (("[Content_Types].xml", "<Types/>"), ("word/document.xml",
                                  "<w:document><w:body><w:p><w:r><w:t>One &amp; two</w:t></w:r></w:p><w:p/></w:body></w:document>")):
                archive.writestr(zipfile.ZipInfo(path), content, method)
        write("docx", name, b"a.docx" + CUT + packed.getvalue())
    write("docx", "utf16", b"notes.txt" + CUT + "\ufeffHello".encode("utf-16-le"))
    write("docx", "csv", b"../t.csv" + CUT + "a;b\n1;é\n".encode("cp1251", "replace"))


if __name__ == "__main__":
    model_files()
    templates()
    formats()
    requests()
    answers()
    page()
