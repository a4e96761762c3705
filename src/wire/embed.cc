#include "wire/embed.h"

#include <bit>
#include <charconv>
#include <utility>

#include "wire/base64.h"
#include "wire/decoder.h"
#include "wire/json.h"
#include "wire/json_writer.h"
#include "wire/keep_alive.h"

namespace samovar::wire {
namespace {

// A text or a list of texts. An empty text alone, like no text at all, asks for nothing.
void read_input(Decoder& decoder, const Json& value, std::vector<std::string>& out) {
  out.clear();
  if (value.kind == Json::Kind::kNull) return;
  if (value.kind == Json::Kind::kString) {
    if (!value.text.empty()) out.push_back(value.text);
    return;
  }
  if (value.kind != Json::Kind::kArray) return decoder.fail("invalid input type");
  for (const Json& item : value.items) {
    if (item.kind != Json::Kind::kString) return decoder.fail("invalid input type");
    out.push_back(item.text);
  }
}

void read_embed_options(Decoder& decoder, const Json& value, ReadOptions& out) {
  if (value.kind != Json::Kind::kObject && value.kind != Json::Kind::kNull) {
    return decoder.mismatch(value, "options", "map[string]interface {}");
  }
  out = read_options(value);
}

Result<Json> parse_embed_body(std::string_view body) {
  auto json = parse_json(body);
  if (!json && json.error().message == "EOF") return Error{Code::kInvalidArgument, "missing request body"};
  return json;
}

void read_shared_member(Decoder& decoder, const Json& member, EmbedRequest& out) {
  if (same_name(member.key, "model")) decoder.read(member, "model", out.model);
  if (same_name(member.key, "keep_alive")) read_keep_alive(decoder, member, out.keep_alive_ns);
  if (same_name(member.key, "options")) read_embed_options(decoder, member, out.options);
}

void check_dimensions(Decoder& decoder, const EmbedRequest& request) {
  if (request.dimensions < 0) decoder.fail("dimensions must not be negative");
}

// As Go writes a float32, or the double that it becomes.
template <typename Number>
void append_vector(std::string& out, std::span<const float> vector) {
  out += '[';
  for (size_t i = 0; i < vector.size(); ++i) {
    char text[40];
    const auto value = static_cast<Number>(vector[i]);
    const auto size = value < 0 ? -value : value;
    const bool scientific =
        size != 0 && (size < static_cast<Number>(1e-6) || size >= static_cast<Number>(1e21));
    const auto end = std::to_chars(text, text + sizeof text, value,
                                   scientific ? std::chars_format::scientific : std::chars_format::fixed)
                         .ptr;
    if (i > 0) out += ',';
    out.append(text, end);
  }
  out += ']';
}

std::string to_base64(std::span<const float> vector) {
  std::string bytes;
  for (const float value : vector) {
    const auto bits = std::bit_cast<uint32_t>(value);
    for (unsigned shift = 0; shift < 32; shift += 8) bytes += static_cast<char>((bits >> shift) & 0xFFU);
  }
  return encode_base64(bytes);
}

}  // namespace

Result<EmbedRequest> parse_embed_request(std::string_view body) {
  const auto json = parse_embed_body(body);
  if (!json) return json.error();
  Decoder decoder("EmbedRequest", "api");
  EmbedRequest out;
  const Json* input = nullptr;
  decoder.read_root(*json, [&](const Json& member) {
    read_shared_member(decoder, member, out);
    if (same_name(member.key, "input")) input = &member;
    if (same_name(member.key, "dimensions")) decoder.read(member, "dimensions", out.dimensions);
    if (!same_name(member.key, "truncate")) return;
    std::optional<bool> truncate;
    decoder.read(member, "truncate", truncate);
    out.truncate = truncate.value_or(true);
  });
  if (input != nullptr) read_input(decoder, *input, out.texts);
  check_dimensions(decoder, out);
  if (!decoder.ok()) return decoder.error();
  return out;
}

Result<EmbedRequest> parse_old_embed_request(std::string_view body) {
  const auto json = parse_embed_body(body);
  if (!json) return json.error();
  Decoder decoder("EmbeddingRequest", "api");
  EmbedRequest out;
  std::string prompt;
  decoder.read_root(*json, [&](const Json& member) {
    read_shared_member(decoder, member, out);
    if (same_name(member.key, "prompt")) decoder.read(member, "prompt", prompt);
  });
  if (!decoder.ok()) return decoder.error();
  if (!prompt.empty()) out.texts.push_back(std::move(prompt));
  return out;
}

Result<EmbedRequest> parse_openai_embed_request(std::string_view body) {
  const auto json = parse_json(body);
  if (!json) return json.error();
  Decoder decoder("EmbedRequest", "openai");
  EmbedRequest out;
  const Json* input = nullptr;
  std::string format;
  decoder.read_root(*json, [&](const Json& member) {
    if (same_name(member.key, "model")) decoder.read(member, "model", out.model);
    if (same_name(member.key, "input")) input = &member;
    if (same_name(member.key, "dimensions")) decoder.read(member, "dimensions", out.dimensions);
    if (same_name(member.key, "encoding_format")) decoder.read(member, "encoding_format", format);
  });
  if (!decoder.ok()) return decoder.error();
  if (!format.empty() && !same_name(format, "float") && !same_name(format, "base64")) {
    return Error{Code::kInvalidArgument, "Invalid value for 'encoding_format' = " + format +
                                             ". Supported values: ['float', 'base64']."};
  }
  out.base64 = same_name(format, "base64");
  const bool absent = input == nullptr || input->kind == Json::Kind::kNull ||
                      (input->kind == Json::Kind::kArray && input->items.empty());
  if (absent) return Error{Code::kInvalidArgument, "invalid input"};
  read_input(decoder, *input, out.texts);
  if (input->kind == Json::Kind::kString && input->text.empty()) out.texts.emplace_back();
  check_dimensions(decoder, out);
  if (!decoder.ok()) return decoder.error();
  return out;
}

std::string encode_embed(const EmbedAnswer& answer) {
  std::string out;
  ObjectWriter object(out);
  object.add("model", answer.model).key("embeddings");
  out += '[';
  for (const auto& vector : answer.vectors) {
    if (&vector != answer.vectors.data()) out += ',';
    append_vector<float>(out, vector);
  }
  out += ']';
  if (!answer.vectors.empty()) {
    object.add_unless_zero("total_duration", answer.total_ns)
        .add_unless_zero("load_duration", answer.load_ns)
        .add_unless_zero("prompt_eval_count", answer.tokens);
  }
  object.close();
  return out;
}

std::string encode_old_embed(std::span<const float> vector) {
  std::string out;
  ObjectWriter object(out);
  object.key("embedding");
  append_vector<double>(out, vector);
  object.close();
  return out;
}

std::string encode_openai_embed(const EmbedAnswer& answer) {
  std::string out;
  ObjectWriter object(out);
  object.add("object", "list").key("data");
  out += '[';
  for (size_t i = 0; i < answer.vectors.size(); ++i) {
    if (i > 0) out += ',';
    ObjectWriter item(out);
    item.add("object", "embedding").key("embedding");
    if (answer.base64) {
      append_json_string(out, to_base64(answer.vectors[i]));
    } else {
      append_vector<float>(out, answer.vectors[i]);
    }
    item.add("index", static_cast<int64_t>(i)).close();
  }
  out += ']';
  object.add("model", answer.model).key("usage");
  ObjectWriter(out).add("prompt_tokens", answer.tokens).add("total_tokens", answer.tokens).close();
  object.close();
  return out;
}

}  // namespace samovar::wire
