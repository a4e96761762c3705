#include "accounts/oidc/provider.h"

#include <utility>

#include "accounts/sealed.h"
#include "wire/base64.h"
#include "wire/json.h"

namespace samovar::accounts {
namespace {

constexpr int64_t kKeptMs = 3'600'000;
constexpr int64_t kDeadlineMs = 15'000;
constexpr size_t kMostBytes = size_t{1} << 20U;

std::string without_slash(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

std::string string_of(const wire::Json& json, std::string_view name) {
  const wire::Json* member = json.member(name);
  return member != nullptr && member->kind == wire::Json::Kind::kString ? member->text : "";
}

// Gathers an answer.
class Gatherer : public http::ClientListener {
 public:
  using Done = std::function<void(Result<std::string>)>;
  Gatherer(std::string what, Done done) : what_(std::move(what)), done_(std::move(done)) {}

  void on_head(int status, const http::Headers&) override { status_ = status; }
  bool on_body(std::string_view bytes) override {
    body_ += bytes;
    return body_.size() <= kMostBytes;
  }
  void on_end(Result<void> result) override {
    if (!result) return done_(Error{Code::kUnavailable, what_ + ": " + result.error().message});
    if (status_ != 200) {
      return done_(Error{Code::kUnavailable,
                         what_ + ": status " + std::to_string(status_) + " " + body_.substr(0, kShownBytes)});
    }
    done_(std::move(body_));
  }

 private:
  static constexpr size_t kShownBytes = 300;
  std::string what_;
  Done done_;
  int status_ = 0;
  std::string body_;
};

std::string encode_form(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields)
    out += (out.empty() ? "" : "&") + name + "=" + percent_encode(value);
  return out;
}

}  // namespace

Result<ProviderPlaces> parse_places(std::string_view text, const std::string& issuer) {
  const auto json = wire::parse_json(text, {.max_depth = 16, .max_values = 10'000});
  if (!json || json->kind != wire::Json::Kind::kObject)
    return Error{Code::kCorrupt, issuer + " does not describe itself as an OpenID provider: no JSON object"};
  ProviderPlaces places{.issuer = string_of(*json, "issuer"),
                        .authorization = string_of(*json, "authorization_endpoint"),
                        .token = string_of(*json, "token_endpoint"),
                        .userinfo = string_of(*json, "userinfo_endpoint"),
                        .keys = string_of(*json, "jwks_uri")};
  // Else any server could speak for another one.
  if (without_slash(places.issuer) != without_slash(issuer)) {
    return Error{Code::kCorrupt, "SAMOVAR_OIDC_ISSUER is " + issuer + ", but the provider calls itself " +
                                     (places.issuer.empty() ? "nothing" : places.issuer)};
  }
  for (const auto& [name, value] :
       {std::pair("authorization_endpoint", &places.authorization),
        std::pair("token_endpoint", &places.token), std::pair("jwks_uri", &places.keys)}) {
    if (value->empty()) return Error{Code::kCorrupt, issuer + " names no " + name};
  }
  if (const wire::Json* methods = json->member("token_endpoint_auth_methods_supported")) {
    places.takes_basic = false;
    for (const wire::Json& method : methods->items)
      places.takes_basic = places.takes_basic || method.text == "client_secret_basic";
  }
  return places;
}

Provider::Provider(OidcOptions options, http::Client* client, std::function<int64_t()> wall_ms)
    : options_(std::move(options)), client_(client), wall_ms_(std::move(wall_ms)) {}

std::string Provider::redirect_url() const {
  return without_slash(options_.public_url) + "/ui/oidc/callback";
}

void Provider::fetch(http::ClientRequest request, const char* what, Callback<std::string> done) {
  request.deadline_ms = kDeadlineMs;
  request.headers.emplace_back("Accept", "application/json");
  client_->start(std::move(request), std::make_shared<Gatherer>(what, std::move(done)));
}

void Provider::find_places(Callback<ProviderPlaces> done) {
  {
    std::unique_lock lock(mutex_);
    if (places_ms_ != 0 && wall_ms_() - places_ms_ < kKeptMs) {
      const ProviderPlaces kept = places_;
      lock.unlock();
      return done(kept);
    }
  }
  const std::string url = without_slash(options_.issuer) + "/.well-known/openid-configuration";
  fetch({.url = url}, "the provider's description",
        [self = shared_from_this(), done = std::move(done)](const Result<std::string>& body) {
          if (!body) return done(body.error());
          Result<ProviderPlaces> places = parse_places(*body, self->options_.issuer);
          if (places) {
            const std::lock_guard lock(self->mutex_);
            self->places_ = *places;
            self->places_ms_ = self->wall_ms_();
          }
          done(std::move(places));
        });
}

void Provider::with_keys(const ProviderPlaces& places, Keys which, Callback<std::vector<SigningKey>> done) {
  {
    std::unique_lock lock(mutex_);
    if (which == Keys::kKept && keys_ms_ != 0 && wall_ms_() - keys_ms_ < kKeptMs) {
      const std::vector<SigningKey> kept = keys_;
      lock.unlock();
      return done(kept);
    }
  }
  fetch({.url = places.keys}, "the provider's keys",
        [self = shared_from_this(), done = std::move(done)](const Result<std::string>& body) {
          if (!body) return done(body.error());
          Result<std::vector<SigningKey>> keys = parse_signing_keys(*body);
          if (keys) {
            const std::lock_guard lock(self->mutex_);
            self->keys_ = *keys;
            self->keys_ms_ = self->wall_ms_();
          }
          done(std::move(keys));
        });
}

void Provider::exchange(const ProviderPlaces& places, const CodeToRedeem& code, Callback<Tokens> done) {
  std::vector<std::pair<std::string, std::string>> fields = {{"grant_type", "authorization_code"},
                                                             {"code", code.code},
                                                             {"redirect_uri", redirect_url()},
                                                             {"code_verifier", code.verifier}};
  http::ClientRequest request{.method = "POST", .url = places.token};
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  const bool has_secret = !options_.client_secret.empty();
  if (has_secret && places.takes_basic) {
    const std::string both =
        percent_encode(options_.client_id) + ":" + percent_encode(options_.client_secret);
    request.headers.emplace_back("Authorization", "Basic " + wire::encode_base64(both));
  } else {
    fields.emplace_back("client_id", options_.client_id);
    if (has_secret) fields.emplace_back("client_secret", options_.client_secret);
  }
  request.body = encode_form(fields);
  fetch(std::move(request), "the provider takes no code", [done](const Result<std::string>& body) {
    if (!body) return done(body.error());
    const auto json = wire::parse_json(*body, {.max_depth = 8, .max_values = 1000});
    const bool is_object = json && json->kind == wire::Json::Kind::kObject;
    const Tokens tokens{is_object ? string_of(*json, "id_token") : "",
                        is_object ? string_of(*json, "access_token") : ""};
    if (tokens.id_token.empty()) return done(Error{Code::kCorrupt, "the provider gives no id token"});
    done(tokens);
  });
}

// A token with a key that is not among those kept may have a newer one.
void Provider::check(const ProviderPlaces& places, const Tokens& tokens, const Expected& expected, Keys which,
                     Callback<Claims> done) {
  with_keys(places, which,
            [self = shared_from_this(), places, tokens, expected, which,
             done = std::move(done)](const Result<std::vector<SigningKey>>& keys) {
              if (!keys) return done(keys.error());
              Result<Claims> claims = read_id_token(tokens.id_token, *keys, expected);
              const bool may_be_newer = !claims && claims.error().code == Code::kNotFound;
              if (may_be_newer && which == Keys::kKept)
                return self->check(places, tokens, expected, Keys::kFresh, done);
              if (!claims) return done(claims.error());
              self->complete(places, tokens, *std::move(claims), done);
            });
}

// Many providers tell names and addresses only when asked once more.
void Provider::complete(const ProviderPlaces& places, const Tokens& tokens, Claims claims,
                        Callback<Claims> done) {
  const bool is_whole = !claims.name.empty() && !claims.email.empty();
  if (is_whole || places.userinfo.empty() || tokens.access_token.empty()) return done(std::move(claims));
  http::ClientRequest request{.url = places.userinfo};
  request.headers = {{"Authorization", "Bearer " + tokens.access_token}};
  fetch(std::move(request), "the provider's userinfo",
        [claims = std::move(claims), done = std::move(done)](const Result<std::string>& body) {
          if (!body) return done(body.error());
          const Result<Claims> more = parse_claims(*body);
          if (!more) return done(more.error());
          if (more->subject != claims.subject)
            return done(Error{Code::kUnauthorized, "the provider's userinfo is about somebody else"});
          Claims all = claims;
          all.add(*more);
          done(std::move(all));
        });
}

void Provider::redeem(const CodeToRedeem& code, Callback<Claims> done) {
  find_places([self = shared_from_this(), code,
               done = std::move(done)](const Result<ProviderPlaces>& places) {
    if (!places) return done(places.error());
    self->exchange(*places, code, [self, places = *places, code, done](const Result<Tokens>& tokens) {
      if (!tokens) return done(tokens.error());
      const Expected expected{places.issuer, self->options_.client_id, code.nonce, self->wall_ms_() / 1000};
      self->check(places, *tokens, expected, Keys::kKept, done);
    });
  });
}

}  // namespace samovar::accounts
