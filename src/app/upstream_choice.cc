#include "app/upstream_choice.h"

#include <algorithm>
#include <utility>

#include "api/caller.h"
#include "app/environment.h"
#include "backend/fixed_library.h"
#include "backend/ollama_address.h"
#include "backend/ollama_client.h"
#include "backend/ollama_library.h"
#include "backend/openai_client.h"
#include "backend/upstream_address.h"
#include "base/ascii.h"

namespace samovar::app {
namespace {

using backend::Backend;
using backend::UpstreamAddress;
using backend::UpstreamOptions;

constexpr int64_t kPoolConnectMs = 3'000;  // with somewhere else to go nobody waits for long
constexpr int64_t kPoolQueryMs = 8'000;

bool is_ollama(const UpstreamAddress& address) { return address.kind == UpstreamAddress::Kind::kOllama; }

Result<std::vector<std::string>> read_keys(const std::vector<UpstreamAddress>& addresses) {
  const Result<std::string> secret = read_secret("SAMOVAR_UPSTREAM_KEY");
  if (!secret) return secret.error();
  const std::vector<std::string_view> words = split(*secret, ",\r\n");
  std::vector<std::string> keys(words.begin(), words.end());
  if (keys.size() > 1 && keys.size() != addresses.size()) {
    return Error{Code::kInvalidArgument, "SAMOVAR_UPSTREAM_KEY: " + std::to_string(keys.size()) +
                                             " keys for " + std::to_string(addresses.size()) +
                                             " upstreams (one for all, or one for each)"};
  }
  if (keys.empty()) {
    for (const UpstreamAddress& address : addresses)
      keys.push_back(is_ollama(address) ? environment("OLLAMA_API_KEY") : "");
  }
  keys.resize(addresses.size(), keys.front());
  return keys;
}

Result<int64_t> read_duration_ms(const char* name, int64_t usual) {
  const std::string value = environment(name);
  if (value.empty()) return usual;
  const Result<int64_t> ms = api::parse_timeout(value);
  if (!ms) return Error{ms.error().code, std::string(name) + "=" + ms.error().message};
  if (*ms == 0)
    return Error{Code::kInvalidArgument, std::string(name) + "=\"" + value + "\": expected more than 0"};
  return ms;
}

std::string kind_of(const std::vector<UpstreamAddress>& addresses) {
  const auto n = std::count_if(addresses.begin(), addresses.end(), is_ollama);
  return n == 0 ? "openai" : static_cast<size_t>(n) == addresses.size() ? "ollama" : "mixed";
}

// OLLAMA_HOST is one address, with a scheme; SAMOVAR_UPSTREAM is a list.
Result<std::vector<UpstreamAddress>> parse_addresses(const std::string& text) {
  if (!environment("SAMOVAR_UPSTREAM").empty()) return backend::parse_upstreams(text);
  Result<std::string> url = backend::parse_ollama_address(text);
  if (!url) return url.error();
  return std::vector{UpstreamAddress{.base_url = *std::move(url)}};
}

Result<std::shared_ptr<backend::Library>> choose_upstream_library(
    const std::vector<UpstreamAddress>& addresses, const std::string& key, const std::string& place) {
  if (addresses.size() == 1 && is_ollama(addresses.front()))
    return backend::OllamaLibrary::make(addresses.front().base_url, key);
  return std::shared_ptr<backend::Library>(std::make_shared<backend::FixedLibrary>(place));
}

}  // namespace

Result<ChosenUpstream> make_upstream_pool(const std::string& text, UpstreamOptions options) {
  const Result<std::vector<UpstreamAddress>> addresses = parse_addresses(text);
  if (!addresses) return addresses.error();
  const Result<std::vector<std::string>> keys = read_keys(*addresses);
  if (!keys) return keys.error();
  backend::BoardOptions checks;
  const Result<int64_t> every = read_duration_ms("SAMOVAR_UPSTREAM_CHECK", checks.check_every_ms);
  const Result<int64_t> stall = read_duration_ms("SAMOVAR_UPSTREAM_STALL", options.stall_limit_ms);
  if (!every) return every.error();
  if (!stall) return stall.error();
  checks.check_every_ms = *every;
  checks.check_soon_ms = std::min(checks.check_soon_ms, *every);
  options.stall_limit_ms = *stall;
  if (addresses->size() > 1) {
    options.connect_limit_ms = std::min(options.connect_limit_ms, kPoolConnectMs);
    options.query_limit_ms = std::min(options.query_limit_ms, kPoolQueryMs);
  }
  std::vector<std::shared_ptr<Backend>> upstreams;
  for (size_t i = 0; i < addresses->size(); ++i) {
    const UpstreamAddress& address = (*addresses)[i];
    options.api_key = (*keys)[i];
    if (!is_ollama(address)) {
      upstreams.push_back(std::make_shared<backend::OpenAiClient>(address.base_url, options));
      continue;
    }
    Result<std::unique_ptr<backend::OllamaClient>> client =
        backend::OllamaClient::make(address.base_url, options);
    if (!client) return client.error();
    upstreams.push_back(std::move(*client));
  }
  ChosenUpstream chosen;
  chosen.pool = std::make_shared<backend::UpstreamPool>(std::move(upstreams), checks);
  auto library = choose_upstream_library(*addresses, keys->front(), chosen.pool->place());
  if (!library) return library.error();
  chosen.library = *std::move(library);
  chosen.kind = kind_of(*addresses);
  return chosen;
}

}  // namespace samovar::app
