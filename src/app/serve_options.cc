#include "app/serve_options.h"

#include <CLI/CLI.hpp>

#include "app/config_values.h"
#include "app/environment.h"

namespace samovar::app {
namespace {

void add_door_options(CLI::App& command, ServeOptions& options) {
  DoorOptions& doors = options.doors;
  command.add_option(
      "--api-host", options.api_host,
      "address of the API's own port; default: as --host, with TLS 127.0.0.1 (the page's port has "
      "the API too)");
  command.add_option(
      "--tls-cert", doors.tls_cert,
      "serve the page's port over HTTPS with this certificate (PEM, with its chain); it is read "
      "again when it changes");
  command.add_option("--tls-key", doors.tls_key, "the certificate's key (PEM)");
  command.add_option("--http-port", doors.http_port, "a plain port that only sends to HTTPS; default: none");
  command.add_option(
      "--trusted-proxies", doors.trusted_proxies,
      "addresses and networks, separated by commas, whose X-Forwarded-For, -Proto and -Host count");
  command.add_option(
      "--allowed-hosts", doors.allowed_hosts,
      "names that this server goes by, separated by commas, when it listens on loopback behind a "
      "proxy");
  command.add_option("--path-prefix", doors.path_prefix,
                     "the path below which the server is seen from outside, such as /chat");
  command.add_option("--log-format", options.log_format, "text, or json: one object a line")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

}  // namespace

void add_serve_options(CLI::App& command, ServeOptions& options) {
  command.add_option("--port", options.port, "port of the chat page; 0: a free one")->capture_default_str();
  command.add_option("--api-port", options.api_port, "port of the Ollama and OpenAI API; 0: a free one")
      ->capture_default_str();
  command.add_option("--host", options.host, "address to listen on; 0.0.0.0 opens both ports to the network")
      ->capture_default_str();
  command
      .add_option("--model", options.models,
                  "kept in memory, may be given more than once; default: smollm2:135m, or the newest of the "
                  "store")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--threads", options.threads, "computing threads; default: one per core");
  command
      .add_option("--disk-cache", options.disk_cache_mb,
                  "megabytes of disk for what conversations have computed, so that a restart forgets "
                  "nothing; 0: none")
      ->check(CLI::Range(size_t{0}, size_t{1} << 24U))
      ->capture_default_str();
  command
      .add_option("--keep-days", options.keep_days,
                  "days after which conversations that nobody has changed or pinned are erased; 0: never")
      ->check(CLI::Range(0, 36500))
      ->capture_default_str();
  command
      .add_option("--drain", options.drain_s,
                  "seconds that running answers have to end when the server is told to stop; a second signal "
                  "stops it at once")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  command
      .add_option("--kv-cache", options.kv_cache,
                  "how conversations are kept in memory: f16, or q8_0 in half of that; default: f16")
      ->check(CLI::IsMember({"f16", "q8_0"}));
  add_door_options(command, options);
}

Result<void> settle_serve_options(CLI::App& command, ServeOptions& options) {
  if (const Result<void> filled = fill_from_environment(command); !filled) return filled.error();
  const auto told = bind_address();
  if (!told) return told.error();
  if (*told && command.count("--host") == 0) options.host = (*told)->host;
  if (*told && command.count("--api-port") == 0) options.api_port = (*told)->port;
  return {};
}

}  // namespace samovar::app
