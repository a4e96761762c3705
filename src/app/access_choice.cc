#include "app/access_choice.h"

#include <algorithm>

#include "app/environment.h"
#include "base/ascii.h"
#include "keys/key.h"

namespace samovar::app {
namespace {

void choose_text(const char* variable, std::string& to) {
  if (std::string told = environment(variable); !told.empty()) to = std::move(told);
}

Result<void> read_oidc(accounts::OidcOptions& oidc) {
  choose_text("SAMOVAR_OIDC_ISSUER", oidc.issuer);
  choose_text("SAMOVAR_OIDC_CLIENT_ID", oidc.client_id);
  choose_text("SAMOVAR_OIDC_SCOPES", oidc.scopes);
  choose_text("SAMOVAR_PUBLIC_URL", oidc.public_url);
  choose_text("SAMOVAR_OIDC_NAME", oidc.name);
  oidc.allow = environment_list("SAMOVAR_OIDC_ALLOW");
  Result<std::string> secret = read_secret("SAMOVAR_OIDC_CLIENT_SECRET");
  if (!secret) return secret.error();
  oidc.client_secret = *std::move(secret);
  return {};
}

Result<void> read_sessions(accounts::Options& options) {
  const std::string session = environment("SAMOVAR_SESSION");
  if (session.empty()) return {};
  const Result<int64_t> life = keys::parse_life(session);
  if (!life) return Error{life.error().code, "SAMOVAR_SESSION: " + life.error().message};
  options.session_s = *life;
  return {};
}

}  // namespace

Result<accounts::Options> choose_access(const std::string& trusted_proxies) {
  accounts::Options options;
  std::string mode = "open";
  choose_text("SAMOVAR_ACCESS", mode);
  const Result<accounts::Mode> parsed = accounts::parse_mode(mode);
  if (!parsed) return Error{parsed.error().code, "SAMOVAR_ACCESS: " + parsed.error().message};
  options.mode = *parsed;
  Result<std::string> password = read_secret("SAMOVAR_PASSWORD");
  if (!password) return password.error();
  options.password = *std::move(password);
  if (const auto read = read_sessions(options); !read) return read.error();
  options.admins = environment_list("SAMOVAR_ADMINS");
  options.has_proxies = !trusted_proxies.empty();
  choose_text("SAMOVAR_USER_HEADER", options.user_header);
  choose_text("SAMOVAR_EMAIL_HEADER", options.email_header);
  choose_text("SAMOVAR_LOGOUT_URL", options.logout_url);
  if (const auto read = read_oidc(options.oidc); !read) return read.error();
  if (const auto good = accounts::check_options(options); !good) return good.error();
  if (options.mode == accounts::Mode::kUsers && is_switched_on("SAMOVAR_STATELESS")) {
    return Error{Code::kInvalidArgument,
                 "access mode 'users' needs a place for the accounts: take SAMOVAR_STATELESS=1 away"};
  }
  return options;
}

std::string describe_access(const accounts::Options& options, bool is_loopback) {
  switch (options.mode) {
    case accounts::Mode::kOpen:
      return is_loopback ? "open to whoever uses this machine"
                         : "OPEN: whoever can reach this machine may chat and change models; SAMOVAR_ACCESS "
                           "closes it (docs/access.md)";
    case accounts::Mode::kPassword:
      return "one password for all";
    case accounts::Mode::kUsers:
      return "accounts with passwords";
    case accounts::Mode::kOidc:
      return "accounts of " + options.oidc.issuer;
    case accounts::Mode::kHeader:
      return "accounts that a proxy names in the header " + options.user_header;
  }
  return "";
}

}  // namespace samovar::app
