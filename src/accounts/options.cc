#include "accounts/options.h"

#include <algorithm>
#include <array>

#include "accounts/passwords.h"
#include "base/ascii.h"

namespace samovar::accounts {
namespace {

constexpr auto kModes =
    std::to_array<Mode>({Mode::kOpen, Mode::kPassword, Mode::kUsers, Mode::kOidc, Mode::kHeader});

Error lacks(Mode mode, const std::string& what) {
  return {Code::kInvalidArgument, "access mode '" + std::string(to_string(mode)) + "': " + what};
}

bool is_web_address(std::string_view text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

Result<void> check_oidc(const OidcOptions& oidc) {
  if (!is_web_address(oidc.issuer)) {
    return lacks(Mode::kOidc,
                 "set SAMOVAR_OIDC_ISSUER to the provider's address, such as "
                 "https://id.example.org; it is '" +
                     oidc.issuer + "'");
  }
  if (oidc.client_id.empty()) {
    return lacks(Mode::kOidc,
                 "set SAMOVAR_OIDC_CLIENT_ID to the name under which the provider knows this server");
  }
  if (!is_web_address(oidc.public_url)) {
    return lacks(Mode::kOidc,
                 "set SAMOVAR_PUBLIC_URL to this server's address as browsers see it, such as "
                 "https://chat.example.org; it is '" +
                     oidc.public_url + "'");
  }
  return {};
}

}  // namespace

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::kPassword:
      return "password";
    case Mode::kUsers:
      return "users";
    case Mode::kOidc:
      return "oidc";
    case Mode::kHeader:
      return "header";
    default:
      return "open";
  }
}

Result<Mode> parse_mode(std::string_view text) {
  std::string all;
  for (const Mode mode : kModes) {
    if (text == to_string(mode)) return mode;
    all += (all.empty() ? "" : ", ") + std::string(to_string(mode));
  }
  return Error{Code::kInvalidArgument, "access mode '" + std::string(text) + "' is none of " + all};
}

Result<void> check_options(const Options& options) {
  switch (options.mode) {
    case Mode::kPassword:
      if (options.password.empty()) {
        return lacks(
            options.mode,
            "set SAMOVAR_PASSWORD, or SAMOVAR_PASSWORD_FILE to the name of a file with the password");
      }
      if (const auto good = check_new_password(options.password, ""); !good)
        return lacks(options.mode, good.error().message);
      return {};
    case Mode::kHeader:
      if (!options.has_proxies) {
        return lacks(
            options.mode,
            "set SAMOVAR_TRUSTED_PROXIES to the proxy's address, such as 127.0.0.1: only from there is "
            "the header believed");
      }
      if (options.user_header.empty())
        return lacks(options.mode,
                     "set SAMOVAR_USER_HEADER to the header with the user's name, such as X-Forwarded-User");
      return {};
    case Mode::kOidc:
      return check_oidc(options.oidc);
    default:
      return {};
  }
}

bool fits_any(const std::vector<std::string>& patterns, std::string_view text) {
  const std::string value = to_lower(text);
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& given) {
    const std::string pattern = to_lower(given);
    const size_t star = pattern.find('*');
    if (star == std::string::npos) return pattern == value;
    const std::string_view tail = std::string_view(pattern).substr(star + 1);
    return value.size() >= star + tail.size() && value.starts_with(pattern.substr(0, star)) &&
           value.ends_with(tail);
  });
}

}  // namespace samovar::accounts
