// GET /ui/oidc/start, GET /ui/oidc/callback: logging in at an OpenID provider (authorization code, PKCE).
#include <sodium.h>

#include <cstdlib>
#include <utility>

#include "accounts/endpoints.h"
#include "accounts/oidc/provider.h"
#include "accounts/outsider.h"
#include "accounts/random_text.h"
#include "accounts/replies.h"
#include "http/request_parts.h"
#include "wire/json.h"
#include "wire/json_writer.h"

namespace samovar::accounts {
namespace {

std::string asked(const http::Request& request, std::string_view name) {
  return http::query_value(request, name).value_or("");
}

using http::Request;

constexpr const char* kLoginCookie = "samovar_login";
constexpr int64_t kLoginSeconds = 600;
constexpr size_t kSecretBytes = 32;

// What a login under way is known by; sealed in a cookie of the browser's.
struct LoginState {
  std::string state, nonce, verifier, way_back;
  int64_t expires_s = 0;
};

std::string encode_state(const LoginState& login) {
  std::string json;
  wire::ObjectWriter(json)
      .add("state", std::string_view(login.state))
      .add("nonce", std::string_view(login.nonce))
      .add("verifier", std::string_view(login.verifier))
      .add("way_back", std::string_view(login.way_back))
      .add("expires", login.expires_s)
      .close();
  return json;
}

std::optional<LoginState> decode_state(const std::string& text) {
  const auto json = wire::parse_json(text);
  if (!json || json->kind != wire::Json::Kind::kObject) return std::nullopt;
  const auto read = [&](const char* name) {
    const wire::Json* member = json->member(name);
    return member == nullptr ? std::string() : member->text;
  };
  LoginState login{read("state"), read("nonce"), read("verifier"), read("way_back"), 0};
  if (const wire::Json* expires = json->member("expires"))
    login.expires_s = std::atoll(std::string(expires->raw).c_str());
  return login;
}

// Only to a path of this server: "//evil.example" and "/\evil.example" are none.
std::string safe_way_back(const std::string& wish) {
  const bool is_path =
      wish.starts_with('/') && !wish.starts_with("//") && wish.find('\\') == std::string::npos;
  const bool is_plain = wish.find_first_of("\r\n\t") == std::string::npos;
  return is_path && is_plain ? wish : "/";
}

std::string challenge_of(const std::string& verifier) {
  std::string hash(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()),
                     reinterpret_cast<const unsigned char*>(verifier.data()), verifier.size());
  return encode_base64url(hash);
}

struct OidcDoor {
  Context context;
  std::shared_ptr<Provider> provider;
};
using Door = std::shared_ptr<const OidcDoor>;

void send_browser(http::ResponseWriter& writer, const std::string& url, http::Headers more = {}) {
  more.emplace_back("Location", url);
  more.emplace_back("Cache-Control", "no-store");
  writer.send({.status = 302, .headers = std::move(more), .body = {}});
}

std::string page_url(const Door& door, const std::string& path) {
  std::string url = door->context->deps.options.oidc.public_url;
  while (url.ends_with('/')) url.pop_back();
  return url + path;
}

// Back to the login screen, which has words for `why`; the log has the details.
void fail_login(const Door& door, const Request& request, const Writer& writer, const std::string& why,
                const std::string& detail) {
  door->context->note(
      {.action = "login-failed", .address = address_of(request), .detail = why + ": " + detail});
  send_browser(*writer, page_url(door, "/?login=" + why),
               {{"Set-Cookie", make_cookie_end(request, kLoginCookie)}});
}

bool is_oidc(const Door& door, http::ResponseWriter& writer) {
  if (door->context->mode() == Mode::kOidc) return true;
  send_error(writer, {Code::kUnsupported, "nobody logs in through a provider here: the access mode is '" +
                                              std::string(to_string(door->context->mode())) + "'"});
  return false;
}

void start_login(const Door& door, const Request& request, const Writer& writer) {
  if (!is_oidc(door, *writer)) return;
  const LoginState login{.state = make_random_hex(kSecretBytes),
                         .nonce = make_random_hex(kSecretBytes),
                         .verifier = make_random_hex(kSecretBytes),
                         .way_back = safe_way_back(asked(request, "return")),
                         .expires_s = door->context->now_ms() / 1000 + kLoginSeconds};
  door->provider->find_places([door, login, request, writer](const Result<ProviderPlaces>& places) {
    if (!places) return fail_login(door, request, writer, "unavailable", places.error().message);
    const OidcOptions& oidc = door->context->deps.options.oidc;
    std::string url = places->authorization;
    char separator = url.find('?') == std::string::npos ? '?' : '&';
    for (const auto& [name, value] :
         {std::pair("response_type", std::string("code")), std::pair("client_id", oidc.client_id),
          std::pair("redirect_uri", door->provider->redirect_url()), std::pair("scope", oidc.scopes),
          std::pair("state", login.state), std::pair("nonce", login.nonce),
          std::pair("code_challenge", challenge_of(login.verifier)),
          std::pair("code_challenge_method", std::string("S256"))}) {
      url += std::exchange(separator, '&') + std::string(name) + "=" + percent_encode(value);
    }
    const std::string cookie = std::string(kLoginCookie) + "=" +
                               door->context->sealer.seal(encode_state(login)) +
                               "; Path=/; Max-Age=" + std::to_string(kLoginSeconds) +
                               "; HttpOnly; SameSite=Lax" + (request.is_secure ? "; Secure" : "");
    send_browser(*writer, url, {{"Set-Cookie", cookie}});
  });
}

void let_outsider_in(const Door& door, const LoginState& login, const Claims& claims, const Request& request,
                     const Writer& writer) {
  const Context& context = door->context;
  const Options& options = context->deps.options;
  // An address that anybody may have typed in opens nothing.
  const std::string email = claims.email_verified ? claims.email : "";
  const std::string who = email.empty() ? claims.subject : email;
  if (!options.oidc.allow.empty() && !fits_any(options.oidc.allow, who))
    return fail_login(door, request, writer, "not-allowed", "'" + who + "' is not in SAMOVAR_OIDC_ALLOW");
  Outsider outsider{.external = "oidc:" + options.oidc.issuer + "#" + claims.subject,
                    .name = claims.name.empty() ? who : claims.name,
                    .email = email,
                    .proofs = {claims.subject}};
  if (!email.empty()) outsider.proofs.push_back(email);
  context->archive().write<history::User>(
      [options, outsider, now = context->now_ms()](history::Store& store) {
        return admit_outsider(store.accounts(), options, outsider, now);
      },
      [door, login, request, writer](const Result<history::User>& user) {
        if (!user) return fail_login(door, request, writer, "failed", user.error().message);
        if (user->state != history::UserState::kActive)
          return fail_login(door, request, writer, "disabled", "'" + user->name + "' is disabled");
        door->context->directory.forget(user->id);
        door->context->note({.actor = user->name, .action = "login", .address = address_of(request)});
        http::Headers headers = begin_session(*door->context, request, *user);
        headers.emplace_back("Set-Cookie", make_cookie_end(request, kLoginCookie));
        send_browser(*writer, page_url(door, login.way_back), std::move(headers));
      });
}

void end_login(const Door& door, const Request& request, const Writer& writer) {
  if (!is_oidc(door, *writer)) return;
  const auto opened = door->context->sealer.open(http::cookie_value(request, kLoginCookie));
  const auto login = opened ? decode_state(*opened) : std::nullopt;
  const std::string state = asked(request, "state");
  if (!login || state.empty() || !are_same(state, login->state) ||
      login->expires_s <= door->context->now_ms() / 1000) {
    return fail_login(door, request, writer, "expired", "this browser has begun no such login");
  }
  if (const std::string error = asked(request, "error"); !error.empty())
    return fail_login(door, request, writer, "denied", error + " " + asked(request, "error_description"));
  door->provider->redeem({asked(request, "code"), login->verifier, login->nonce},
                         [door, login = *login, request, writer](const Result<Claims>& claims) {
                           if (!claims)
                             return fail_login(door, request, writer, "failed", claims.error().message);
                           let_outsider_in(door, login, *claims, request, writer);
                         });
}

}  // namespace

void add_oidc(http::Router& router, const Context& context) {
  const auto provider =
      std::make_shared<Provider>(context->deps.options.oidc, context->deps.client, context->deps.wall_ms);
  const auto door = std::make_shared<const OidcDoor>(OidcDoor{context, provider});
  router.add("GET", "/ui/oidc/start",
             [door](const Request& request, const Writer& writer) { start_login(door, request, writer); });
  router.add("GET", "/ui/oidc/callback",
             [door](const Request& request, const Writer& writer) { end_login(door, request, writer); });
}

}  // namespace samovar::accounts
