#include "wire/tokenize.h"

#include "base/utf8.h"
#include "wire/decoder.h"
#include "wire/json.h"
#include "wire/json_writer.h"
#include "wire/keep_alive.h"

namespace samovar::wire {
namespace {

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

Result<Json> parse_tokens_body(std::string_view body) {
  auto json = parse_json(body);
  if (!json && json.error().message == "EOF") return Error{Code::kInvalidArgument, "missing request body"};
  return json;
}

void append_piece(std::string& out, const std::string& piece) {
  if (is_utf8(piece)) return append_json_string(out, piece);
  out += '[';
  for (const char& c : piece) {
    if (&c != piece.data()) out += ',';
    out += std::to_string(static_cast<unsigned char>(c));
  }
  out += ']';
}

void add_times(ObjectWriter& object, const TokenizeAnswer& answer) {
  object.add("total_duration", answer.total_ns).add("load_duration", answer.load_ns);
}

}  // namespace

Result<TokenizeRequest> parse_tokenize_request(std::string_view body) {
  const auto json = parse_tokens_body(body);
  if (!json) return json.error();
  Decoder decoder("TokenizeRequest", "api");
  TokenizeRequest out;
  std::optional<std::string> content;
  decoder.read_root(*json, [&](const Json& member) {
    const std::string_view key = member.key;
    if (same_name(key, "model")) decoder.read(member, "model", out.model);
    if (same_name(key, "content") || same_name(key, "text")) decoder.read(member, key, content);
    if (same_name(key, "add_special")) decoder.read(member, key, out.add_special);
    if (same_name(key, "parse_special")) decoder.read(member, key, out.parse_special);
    if (same_name(key, "with_pieces")) decoder.read(member, key, out.with_pieces);
    if (same_name(key, "keep_alive")) read_keep_alive(decoder, member, out.keep_alive_ns);
  });
  if (decoder.ok() && out.model.empty()) decoder.fail("model is required");
  if (decoder.ok() && !content) decoder.fail("content is required");
  if (!decoder.ok()) return decoder.error();
  out.content = *std::move(content);
  return out;
}

Result<DetokenizeRequest> parse_detokenize_request(std::string_view body) {
  const auto json = parse_tokens_body(body);
  if (!json) return json.error();
  Decoder decoder("DetokenizeRequest", "api");
  DetokenizeRequest out;
  bool has_tokens = false;
  decoder.read_root(*json, [&](const Json& member) {
    const std::string_view key = member.key;
    if (same_name(key, "model")) decoder.read(member, "model", out.model);
    if (same_name(key, "keep_alive")) read_keep_alive(decoder, member, out.keep_alive_ns);
    if (!same_name(key, "tokens")) return;
    has_tokens = member.kind == Json::Kind::kArray;
    out.tokens.clear();
    decoder.read_array(member, "tokens", "[]int",
                       [&](const Json& item) { decoder.read(item, "tokens", out.tokens.emplace_back()); });
  });
  if (decoder.ok() && out.model.empty()) decoder.fail("model is required");
  if (decoder.ok() && !has_tokens) decoder.fail("tokens is required");
  if (!decoder.ok()) return decoder.error();
  return out;
}

std::string encode_tokenize(const TokenizeAnswer& answer) {
  std::string out;
  ObjectWriter object(out);
  object.add("model", answer.model).key("tokens");
  out += '[';
  for (size_t i = 0; i < answer.ids.size(); ++i) {
    if (i > 0) out += ',';
    if (!answer.with_pieces) {
      out += std::to_string(answer.ids[i]);
      continue;
    }
    ObjectWriter token(out);
    token.add("id", static_cast<int64_t>(answer.ids[i])).key("piece");
    append_piece(out, answer.pieces[i]);
    token.close();
  }
  out += ']';
  add_times(object, answer);
  object.close();
  return out;
}

std::string encode_detokenize(const TokenizeAnswer& answer) {
  std::string content;
  for (const std::string& piece : answer.pieces) content += piece;
  std::string out;
  ObjectWriter object(out);
  object.add("model", answer.model).add("content", content);
  add_times(object, answer);
  object.close();
  return out;
}

}  // namespace samovar::wire
