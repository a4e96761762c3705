#include "backend/upstream_address.h"

#include <algorithm>
#include <optional>

#include "backend/ollama_address.h"
#include "base/ascii.h"

namespace samovar::backend {
namespace {

constexpr std::string_view kOpenAiScheme = "openai+";
constexpr std::string_view kOllamaScheme = "ollama+";
constexpr std::string_view kSeparators = ", \t\r\n";

Result<UpstreamAddress> parse_upstream(std::string_view text) {
  UpstreamAddress out;
  std::string_view url = text;
  if (url.starts_with(kOpenAiScheme)) {
    out.kind = UpstreamAddress::Kind::kOpenAi;
    url.remove_prefix(kOpenAiScheme.size());
  } else if (url.starts_with(kOllamaScheme)) {
    url.remove_prefix(kOllamaScheme.size());
  }
  if (url.find('@') != std::string_view::npos) {  // not repeated: it may be a password
    return Error{Code::kInvalidArgument,
                 "SAMOVAR_UPSTREAM: an address holds a name or a key before '@'; keys belong into "
                 "SAMOVAR_UPSTREAM_KEY or SAMOVAR_UPSTREAM_KEY_FILE"};
  }
  const std::optional<std::string> parsed = parse_http_address(url);
  if (!parsed) {
    return Error{
        Code::kInvalidArgument,
        "SAMOVAR_UPSTREAM: '" + std::string(text) +
            "' is not an address (expected openai+http://host:port/v1 or ollama+http://host:port, with "
            "https for TLS; several are separated by commas)"};
  }
  out.base_url = *parsed;
  const size_t authority = out.base_url.find("://") + 3;
  if (out.kind == UpstreamAddress::Kind::kOpenAi && out.base_url.find('/', authority) == std::string::npos)
    out.base_url += "/v1";
  return out;
}

}  // namespace

Result<std::vector<UpstreamAddress>> parse_upstreams(std::string_view text) {
  std::vector<UpstreamAddress> out;
  for (const std::string_view one : split(text, kSeparators)) {
    Result<UpstreamAddress> parsed = parse_upstream(one);
    if (!parsed) return parsed.error();
    const bool twice = std::any_of(out.begin(), out.end(), [&](const UpstreamAddress& known) {
      return known.base_url == parsed->base_url;
    });
    if (twice)
      return Error{Code::kInvalidArgument, "SAMOVAR_UPSTREAM: '" + std::string(one) + "' is named twice"};
    out.push_back(*std::move(parsed));
  }
  if (out.empty()) return Error{Code::kInvalidArgument, "SAMOVAR_UPSTREAM: no address is given"};
  return out;
}

}  // namespace samovar::backend
