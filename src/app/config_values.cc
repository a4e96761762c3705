#include "app/config_values.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>

#include "app/environment.h"
#include "app/setup_choice.h"
#include "base/ascii.h"

namespace samovar::app {
namespace {

constexpr auto kValues = std::to_array<ConfigValue>({
    {"SAMOVAR_HOST", "--host", "127.0.0.1"},
    {"SAMOVAR_PORT", "--port", "8000"},
    {"SAMOVAR_API_HOST", "--api-host", "as host; with TLS 127.0.0.1"},
    {"SAMOVAR_API_PORT", "--api-port", "11434"},
    {"SAMOVAR_TLS_CERT", "--tls-cert", "none: plain HTTP"},
    {"SAMOVAR_TLS_KEY", "--tls-key", "none"},
    {"SAMOVAR_HTTP_PORT", "--http-port", "none"},
    {"SAMOVAR_TRUSTED_PROXIES", "--trusted-proxies", "none"},
    {"SAMOVAR_ALLOWED_HOSTS", "--allowed-hosts", "this machine's names"},
    {"SAMOVAR_PATH_PREFIX", "--path-prefix", "none"},
    {"SAMOVAR_MODEL", "--model", "smollm2:135m, or the newest of the store"},
    {"SAMOVAR_THREADS", "--threads", "one per core"},
    {"SAMOVAR_DISK_CACHE", "--disk-cache", "0 (MB)"},
    {"SAMOVAR_DRAIN", "--drain", "30 (seconds)"},
    {"OLLAMA_KV_CACHE_TYPE", "--kv-cache", "f16"},
    {"SAMOVAR_LOG_FORMAT", "--log-format", "text"},
    {"SAMOVAR_DATA", "", "~/.local/share/samovar"},
    {"SAMOVAR_STATELESS", "", "0"},
    {"SAMOVAR_MODELS", "", "OLLAMA_MODELS, else where Ollama has them"},
    {"SAMOVAR_KEEP_DAYS", "--keep-days", "0: for ever"},
    {"SAMOVAR_DATABASE", "", "history.db in the data folder"},
    {"SAMOVAR_DATABASE_FILE", "", "none"},
    {"SAMOVAR_UPSTREAM", "", "the built-in engine"},
    {"SAMOVAR_UPSTREAM_KEY", "", "none", true},
    {"SAMOVAR_UPSTREAM_KEY_FILE", "", "none"},
    {"SAMOVAR_UPSTREAM_CHECK", "", "10s"},
    {"SAMOVAR_UPSTREAM_STALL", "", "60s"},
    {"SAMOVAR_LOG_REQUESTS", "", "0"},
    {"SAMOVAR_ACCESS", "", "open"},
    {"SAMOVAR_PASSWORD", "", "none", true},
    {"SAMOVAR_PASSWORD_FILE", "", "none"},
    {"SAMOVAR_SESSION", "", "30d"},
    {"SAMOVAR_ADMINS", "", "none"},
    {"SAMOVAR_USER_HEADER", "", "none"},
    {"SAMOVAR_EMAIL_HEADER", "", "none"},
    {"SAMOVAR_LOGOUT_URL", "", "none"},
    {"SAMOVAR_PUBLIC_URL", "", "none"},
    {"SAMOVAR_OIDC_ISSUER", "", "none"},
    {"SAMOVAR_OIDC_CLIENT_ID", "", "none"},
    {"SAMOVAR_OIDC_CLIENT_SECRET", "", "none", true},
    {"SAMOVAR_OIDC_CLIENT_SECRET_FILE", "", "none"},
    {"SAMOVAR_OIDC_SCOPES", "", "openid profile email"},
    {"SAMOVAR_OIDC_NAME", "", "OpenID"},
    {"SAMOVAR_OIDC_ALLOW", "", "everybody whom the provider knows"},
    {"SAMOVAR_KEYS", "", "keys.json in the data folder"},
    {"SAMOVAR_REQUIRE_KEY", "", "0"},
    {"SAMOVAR_REQUEST_TIMEOUT", "", "120s"},
    {"SAMOVAR_MEMORY", "", "what is free"},
    {"OLLAMA_KEEP_ALIVE", "", "5m"},
    {"OLLAMA_CONTEXT_LENGTH", "", "4096"},
    {"OLLAMA_NUM_PARALLEL", "", "4"},
    {"OLLAMA_MAX_QUEUE", "", "512"},
    {"SAMOVAR_MAX_PER_CLIENT", "", "any number"},
    {"OLLAMA_MAX_LOADED_MODELS", "", "3"},
    {"OLLAMA_ORIGINS", "", "pages of this machine"},
    {"OLLAMA_MAX_TRANSFER_STREAMS", "", "8"},
    {"OLLAMA_NOPRUNE", "", "0"},
});

std::map<std::string, int, std::less<>>& lines() {
  static std::map<std::string, int, std::less<>> kLines;
  return kLines;
}

const ConfigValue* find_key(const std::string& key) {
  const auto found = std::find_if(kValues.begin(), kValues.end(),
                                  [&](const ConfigValue& value) { return config_key(value) == key; });
  return found == kValues.end() ? nullptr : &*found;
}

}  // namespace

std::span<const ConfigValue> config_values() { return kValues; }

std::string config_key(const ConfigValue& value) {
  return to_lower(value.variable.substr(value.variable.find('_') + 1));
}

Result<void> adopt_config_file(const std::filesystem::path& file) {
  const Result<ChosenSetup> chosen = load_setup(file);
  if (!chosen) return chosen.error();
  for (const chat::ServerValue& given : chosen->setup.server) {
    const ConfigValue* known = find_key(given.key);
    if (known == nullptr)
      return Error{Code::kInvalidArgument, file.string() + " line " + std::to_string(given.line) +
                                               ", key 'server." + given.key +
                                               "': no such key; 'samovar config show' lists them"};
    const std::string variable(known->variable);
    if (!environment(variable.c_str()).empty()) continue;
    ::setenv(variable.c_str(), given.value.c_str(), 1);
    lines()[variable] = given.line;
  }
  return {};
}

int config_line(std::string_view variable) {
  const auto found = lines().find(variable);
  return found == lines().end() ? 0 : found->second;
}

Result<void> fill_from_environment(CLI::App& command) {
  for (const ConfigValue& known : kValues) {
    const std::string variable(known.variable);
    const std::string value = environment(variable.c_str());
    CLI::Option* option = known.flag.empty() ? nullptr : command.get_option_no_throw(std::string(known.flag));
    if (option == nullptr || option->count() > 0 || value.empty()) continue;
    try {
      option->add_result(value);
      option->run_callback();
    } catch (const CLI::Error& error) {
      const int line = config_line(variable);
      const std::string where = line == 0 ? variable
                                          : setup_file().string() + " line " + std::to_string(line) +
                                                ", key 'server." + config_key(known) + "'";
      return Error{Code::kInvalidArgument, where + ": \"" + value + "\": " + error.what()};
    }
  }
  return {};
}

}  // namespace samovar::app
