// Requests, and files of the store: from clients, registries and people's disks.
#include <string>

#include "backend/model_options.h"
#include "catalog/manifest.h"
#include "catalog/modelfile_parser.h"
#include "catalog/name.h"
#include "http/forwarded.h"
#include "http/request_parts.h"
#include "http/text.h"
#include "registry/reference.h"
#include "targets.h"
#include "wire/anthropic_request.h"
#include "wire/embed.h"
#include "wire/json.h"
#include "wire/ollama_request.h"
#include "wire/openai_completion.h"
#include "wire/openai_request.h"
#include "wire/responses_request.h"
#include "wire/store_request.h"
#include "wire/tokenize.h"

namespace samovar::fuzz {
namespace {

template <class T>
void has_words(const Result<T>& result) {
  demand(result.ok() || !result.error().message.empty(), "an error has words");
}

bool has_breaks(std::string_view text) { return text.find_first_of("\r\n") != std::string_view::npos; }

}  // namespace

void read_requests(std::string_view input) {
  has_words(wire::parse_json(input));
  has_words(wire::parse_chat_request(input));
  has_words(wire::parse_generate_request(input));
  has_words(wire::parse_show_request(input));
  has_words(wire::parse_openai_chat_request(input));
  has_words(wire::parse_completion_request(input));
  has_words(wire::parse_responses_request(input));
  for (const auto use : {wire::AnthropicUse::kAnswer, wire::AnthropicUse::kCount})
    has_words(wire::parse_anthropic_request(input, use));
  has_words(wire::parse_tokenize_request(input));
  has_words(wire::parse_detokenize_request(input));
  has_words(wire::parse_embed_request(input));
  has_words(wire::parse_old_embed_request(input));
  has_words(wire::parse_openai_embed_request(input));
  has_words(wire::parse_pull_request(input));
  has_words(wire::parse_create_request(input));
  has_words(wire::parse_copy_request(input));
  has_words(wire::parse_delete_request(input));
}

// Promise: a name that is accepted leads nowhere outside the store.
void read_store_files(std::string_view input) {
  has_words(catalog::parse_modelfile(input));
  has_words(catalog::parse_manifest(input));
  has_words(catalog::parse_config(input));
  has_words(backend::parse_model_options(input));
  const auto name = catalog::parse_name(input);
  has_words(name);
  if (!name) return;
  for (const std::string& part : {name->host, name->name_space, name->model, name->tag}) {
    demand(part != "." && part != ".." && part.find('/') == std::string::npos &&
               part.find('\0') == std::string::npos,
           "no part of a name is a way out of its folder");
  }
  const auto again = catalog::parse_name(name->full());
  demand(again.ok() && again->full() == name->full(), "a whole name reads as itself");
}

// Promise: no line of a head comes from a header's value.
void read_heads(std::string_view input) {
  const std::string_view target = take_part(input);
  http::Request request;
  http::set_target(request, target);
  static_cast<void>(http::query_value(request, "a"));
  const std::string_view value = take_part(input);
  request.headers = {{"Host", std::string(value)},
                     {"Cookie", std::string(value)},
                     {"X-Forwarded-For", std::string(value)},
                     {"X-Forwarded-Proto", std::string(value)},
                     {"X-Forwarded-Host", std::string(value)}};
  static_cast<void>(http::cookie_value(request, "a"));
  static_cast<void>(http::without_port(value));
  request.remote_address = "127.0.0.1";
  const auto proxies = http::TrustedProxies::parse(input);
  if (proxies) http::look_through(*proxies, request);
  http::remove_prefix("/chat", request);
  const std::string head = http::format_head({.headers = {{"X-Value", std::string(value)}}});
  const size_t begin = head.find("X-Value: ");
  const size_t end = head.find("\r\nDate: ");
  demand(
      begin != std::string::npos && end != std::string::npos && !has_breaks(head.substr(begin, end - begin)),
      "a header's value stays on its line");
}

}  // namespace samovar::fuzz
