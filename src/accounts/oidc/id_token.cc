#include "accounts/oidc/id_token.h"

#include <algorithm>

#include "accounts/random_text.h"
#include "accounts/sealed.h"
#include "wire/decoder.h"
#include "wire/json.h"

namespace samovar::accounts {
namespace {

constexpr int64_t kClockSkewSeconds = 120;

std::string claim_text(const wire::Json& json, std::string_view name) {
  const wire::Json* member = json.member(name);
  return member != nullptr && member->kind == wire::Json::Kind::kString ? member->text : "";
}

int64_t claim_number(const wire::Json& json, std::string_view name, int64_t fallback) {
  const wire::Json* member = json.member(name);
  if (member == nullptr || member->kind != wire::Json::Kind::kNumber) return fallback;
  const auto number = wire::parse_number(member->raw);
  constexpr double kLargest = 1e15;
  return number && *number > -kLargest && *number < kLargest ? static_cast<int64_t>(*number) : fallback;
}

// Providers have sent true, "true" and 1.
bool claim_flag(const wire::Json& json, std::string_view name) {
  const wire::Json* member = json.member(name);
  if (member == nullptr) return false;
  return member->boolean || member->text == "true" || member->raw == "1";
}

std::vector<std::string> claim_list(const wire::Json& json, std::string_view name) {
  const wire::Json* member = json.member(name);
  std::vector<std::string> out;
  if (member == nullptr) return out;
  if (member->kind == wire::Json::Kind::kString) out.push_back(member->text);
  for (const wire::Json& item : member->items) out.push_back(item.text);
  return out;
}

Claims read_claims(const wire::Json& json) {
  Claims claims;
  claims.subject = claim_text(json, "sub");
  claims.name = claim_text(json, "preferred_username");
  if (claims.name.empty()) claims.name = claim_text(json, "name");
  claims.email = claim_text(json, "email");
  claims.email_verified = claim_flag(json, "email_verified");
  return claims;
}

Error unbelievable(const std::string& why) { return {Code::kUnauthorized, "the provider's token " + why}; }

struct TokenParts {
  std::string header, payload, signature;  // decoded
  std::string_view signed_text;
};

Result<TokenParts> split_token(std::string_view token) {
  const size_t first = token.find('.');
  const size_t last = token.rfind('.');
  if (first == std::string_view::npos || first == last) return unbelievable("has not three parts");
  const auto header = decode_base64url(token.substr(0, first));
  const auto payload = decode_base64url(token.substr(first + 1, last - first - 1));
  const auto signature = decode_base64url(token.substr(last + 1));
  if (!header || !payload || !signature) return unbelievable("is no base64url");
  return TokenParts{*header, *payload, *signature, token.substr(0, last)};
}

Result<void> check_signature(const TokenParts& parts, const std::vector<SigningKey>& keys) {
  const auto header = wire::parse_json(parts.header, {.max_depth = 8, .max_values = 100});
  if (!header || header->kind != wire::Json::Kind::kObject)
    return unbelievable("has a header that is no JSON");
  const std::string alg = claim_text(*header, "alg");
  // Never "none", and never one that takes a public key for a shared secret.
  if (alg != "RS256" && alg != "ES256")
    return unbelievable("is signed with '" + alg + "', not RS256 or ES256");
  const std::string id = claim_text(*header, "kid");
  bool is_known = false;
  for (const SigningKey& key : keys) {
    if (key.alg != alg || (!id.empty() && key.id != id)) continue;
    is_known = true;
    if (has_signed(key, parts.signed_text, parts.signature)) return {};
  }
  if (!is_known) return Error{Code::kNotFound, "the provider has no key '" + id + "' for " + alg};
  return unbelievable("has a wrong signature");
}

Result<void> check_meant_for_us(const wire::Json& json, const Expected& expected) {
  if (const std::string issuer = claim_text(json, "iss"); issuer != expected.issuer)
    return unbelievable("is from '" + issuer + "', not from '" + expected.issuer + "'");
  const std::vector<std::string> audience = claim_list(json, "aud");
  if (std::find(audience.begin(), audience.end(), expected.client_id) == audience.end())
    return unbelievable("is meant for others than '" + expected.client_id + "'");
  const std::string party = claim_text(json, "azp");
  if ((audience.size() > 1 || !party.empty()) && party != expected.client_id)
    return unbelievable("was made for '" + party + "'");
  if (claim_number(json, "exp", 0) + kClockSkewSeconds <= expected.now_s)
    return unbelievable("has expired; are the clocks of both servers right?");
  if (claim_number(json, "iat", INT64_MAX) > expected.now_s + kClockSkewSeconds)
    return unbelievable("is from the future; are the clocks of both servers right?");
  if (!are_same(claim_text(json, "nonce"), expected.nonce)) return unbelievable("answers another login");
  if (claim_text(json, "sub").empty()) return unbelievable("says not who it is about");
  return {};
}

}  // namespace

void Claims::add(const Claims& more) {
  if (name.empty()) name = more.name;
  if (!email.empty()) return;
  email = more.email;
  email_verified = more.email_verified;
}

Result<Claims> read_id_token(std::string_view token, const std::vector<SigningKey>& keys,
                             const Expected& expected) {
  const Result<TokenParts> parts = split_token(token);
  if (!parts) return parts.error();
  if (const auto good = check_signature(*parts, keys); !good) return good.error();
  const auto json = wire::parse_json(parts->payload, {.max_depth = 32, .max_values = 10'000});
  if (!json || json->kind != wire::Json::Kind::kObject) return unbelievable("holds no JSON object");
  if (const auto good = check_meant_for_us(*json, expected); !good) return good.error();
  return read_claims(*json);
}

Result<Claims> parse_claims(std::string_view text) {
  const auto json = wire::parse_json(text, {.max_depth = 32, .max_values = 10'000});
  if (!json || json->kind != wire::Json::Kind::kObject)
    return Error{Code::kCorrupt, "the provider's userinfo is no JSON object"};
  return read_claims(*json);
}

}  // namespace samovar::accounts
