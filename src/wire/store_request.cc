#include "wire/store_request.h"

#include <optional>
#include <utility>

#include "wire/decoder.h"
#include "wire/json.h"
#include "wire/json_writer.h"

namespace samovar::wire {
namespace {

Result<Json> parse_request_body(std::string_view body) {
  auto json = parse_json(body);
  if (!json && json.error().message == "EOF") return Error{Code::kInvalidArgument, "missing request body"};
  return json;
}

void read_stream(Decoder& decoder, const Json& member, bool& out) {
  std::optional<bool> stream;
  decoder.read(member, "stream", stream);
  out = stream.value_or(true);
}

void read_text_map(Decoder& decoder, const Json& value, const std::string& path,
                   std::map<std::string, std::string>& out) {
  out.clear();
  decoder.read_object(value, path, "map[string]string",
                      [&](const Json& member) { decoder.read(member, path, out[member.key]); });
}

// One text, or a list of them.
void read_licenses(Decoder& decoder, const Json& value, std::vector<std::string>& out) {
  out.clear();
  if (value.kind != Json::Kind::kArray) {
    std::string license;
    decoder.read(value, "license", license);
    if (!license.empty()) out.push_back(std::move(license));
    return;
  }
  for (const Json& item : value.items) decoder.read(item, "license", out.emplace_back());
}

void read_raw(Decoder& decoder, const Json& value, Json::Kind kind, std::string_view go_type,
              std::string& out) {
  out.clear();
  if (value.kind == Json::Kind::kNull) return;
  if (value.kind != kind) return decoder.mismatch(value, value.key, go_type);
  if (!value.items.empty()) out = value.raw;
}

Result<TransferRequest> parse_transfer(std::string_view body, const char* go_name) {
  const auto json = parse_request_body(body);
  if (!json) return json.error();
  Decoder decoder(go_name, "api");
  TransferRequest out;
  std::string name;
  decoder.read_root(*json, [&](const Json& member) {
    if (same_name(member.key, "model")) decoder.read(member, "model", out.model);
    if (same_name(member.key, "name")) decoder.read(member, "name", name);
    if (same_name(member.key, "insecure")) decoder.read(member, "insecure", out.insecure);
    if (same_name(member.key, "stream")) read_stream(decoder, member, out.stream);
  });
  if (out.model.empty()) out.model = name;
  if (!decoder.ok()) return decoder.error();
  return out;
}

}  // namespace

Result<TransferRequest> parse_pull_request(std::string_view body) {
  return parse_transfer(body, "PullRequest");
}

Result<TransferRequest> parse_push_request(std::string_view body) {
  return parse_transfer(body, "PushRequest");
}

Result<CreateRequest> parse_create_request(std::string_view body) {
  const auto json = parse_request_body(body);
  if (!json) return json.error();
  Decoder decoder("CreateRequest", "api");
  CreateRequest out;
  std::string name;
  std::string quantization;
  decoder.read_root(*json, [&](const Json& member) {
    const std::string_view key = member.key;
    if (same_name(key, "model")) decoder.read(member, "model", out.model);
    if (same_name(key, "name")) decoder.read(member, "name", name);
    if (same_name(key, "from")) decoder.read(member, "from", out.from);
    if (same_name(key, "files")) {
      out.has_files = member.kind == Json::Kind::kObject;
      read_text_map(decoder, member, "files", out.files);
    }
    if (same_name(key, "adapters")) read_text_map(decoder, member, "adapters", out.adapters);
    if (same_name(key, "template")) decoder.read(member, "template", out.template_text);
    if (same_name(key, "system")) decoder.read(member, "system", out.system);
    if (same_name(key, "license")) read_licenses(decoder, member, out.licenses);
    if (same_name(key, "parameters")) {
      read_raw(decoder, member, Json::Kind::kObject, "map[string]interface {}", out.params_json);
    }
    if (same_name(key, "messages")) {
      read_raw(decoder, member, Json::Kind::kArray, "[]api.Message", out.messages_json);
    }
    if (same_name(key, "quantize")) decoder.read(member, "quantize", out.quantize);
    if (same_name(key, "quantization")) decoder.read(member, "quantization", quantization);
    if (same_name(key, "stream")) read_stream(decoder, member, out.stream);
  });
  if (out.model.empty()) out.model = name;
  if (out.quantize.empty()) out.quantize = quantization;
  if (!decoder.ok()) return decoder.error();
  return out;
}

Result<CopyRequest> parse_copy_request(std::string_view body) {
  const auto json = parse_request_body(body);
  if (!json) return json.error();
  Decoder decoder("CopyRequest", "api");
  CopyRequest out;
  decoder.read_root(*json, [&](const Json& member) {
    if (same_name(member.key, "source")) decoder.read(member, "source", out.source);
    if (same_name(member.key, "destination")) decoder.read(member, "destination", out.destination);
  });
  if (!decoder.ok()) return decoder.error();
  return out;
}

Result<std::string> parse_delete_request(std::string_view body) {
  const auto json = parse_request_body(body);
  if (!json) return json.error();
  Decoder decoder("DeleteRequest", "api");
  std::string model;
  std::string name;
  decoder.read_root(*json, [&](const Json& member) {
    if (same_name(member.key, "model")) decoder.read(member, "model", model);
    if (same_name(member.key, "name")) decoder.read(member, "name", name);
  });
  if (!decoder.ok()) return decoder.error();
  return model.empty() ? name : model;
}

std::string encode_progress(const ProgressLine& line) {
  std::string out;
  ObjectWriter(out)
      .add("status", line.status)
      .add_unless_empty("digest", line.digest)
      .add_unless_zero("total", line.total_bytes)
      .add_unless_zero("completed", line.completed_bytes)
      .close();
  return out;
}

}  // namespace samovar::wire
