#include "app/environment.h"

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "api/caller.h"
#include "backend/ollama_address.h"
#include "base/ascii.h"
#include "wire/go_time.h"

namespace samovar::app {
namespace {

Error bad(const char* name, const std::string& value, const char* wanted) {
  return {Code::kInvalidArgument, std::string(name) + "=\"" + value + "\": " + wanted};
}

// Leaves `out` alone when the variable is unset.
template <typename Number>
Result<void> read_number(const char* name, Number& out) {
  const std::string value = environment(name);
  if (value.empty()) return {};
  int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number < 1 || number > 1'000'000) {
    return bad(name, value, "expected a whole number from 1 to 1000000");
  }
  out = static_cast<Number>(number);
  return {};
}

Result<void> read_keep_alive(int64_t& out) {
  const std::string value = environment("OLLAMA_KEEP_ALIVE");
  if (value.empty()) return {};
  const Result<int64_t> duration = parse_keep_alive(value);
  if (!duration) return bad("OLLAMA_KEEP_ALIVE", value, "expected a duration such as 5m, or seconds");
  out = *duration;
  return {};
}

// "3GB", "2500MB", "3GiB" or bytes.
Result<void> read_memory(size_t& out) {
  const std::string value = environment("SAMOVAR_MEMORY");
  if (value.empty()) return {};
  double figure = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), figure);
  const std::string unit = to_lower(std::string_view(end, value.data() + value.size()));
  const double bytes = unit.empty() || unit == "b"   ? 1
                       : unit == "mb" || unit == "m" ? 1e6
                       : unit == "gb" || unit == "g" ? 1e9
                       : unit == "mib"               ? 1048576.0
                       : unit == "gib"               ? 1073741824.0
                                                     : 0;
  if (error != std::errc() || bytes == 0 || figure * bytes < 1e6 || figure * bytes > 1e15) {
    return bad("SAMOVAR_MEMORY", value, "expected an amount of memory such as 3GB or 2500MB");
  }
  out = static_cast<size_t>(figure * bytes);
  return {};
}

Result<void> read_cache_type(bool& quantized) {
  const std::string value = environment("OLLAMA_KV_CACHE_TYPE");
  if (value.empty()) return {};
  if (value != "f16" && value != "q8_0") return bad("OLLAMA_KV_CACHE_TYPE", value, "expected f16 or q8_0");
  quantized = value == "q8_0";
  return {};
}

}  // namespace

Result<int64_t> parse_keep_alive(const std::string& value) {
  constexpr int64_t kSecond = 1'000'000'000;
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc() && end == value.data() + value.size() && seconds < INT64_MAX / kSecond) {
    return seconds < 0 ? -1 : seconds * kSecond;
  }
  return wire::parse_duration(value);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::filesystem::path cache_folder() {
  const std::string root = environment("XDG_CACHE_HOME");
  if (!root.empty()) return std::filesystem::path(root) / "samovar";
  return std::filesystem::path(environment("HOME")) / ".cache" / "samovar";
}

Result<std::string> read_secret(const char* name) {
  std::string value = environment(name);
  const std::string file_name = std::string(name) + "_FILE";
  const std::string path = environment(file_name.c_str());
  if (path.empty()) return value;
  if (!value.empty())
    return Error{Code::kInvalidArgument,
                 std::string(name) + " and " + file_name + " are both set: which one?"};
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  value.assign(std::istreambuf_iterator<char>(file), {});
  if (!file)
    return Error{Code::kIo,
                 file_name + ": cannot read " + path + ": " + std::strerror(errno == 0 ? EIO : errno)};
  const size_t begin = value.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return Error{Code::kInvalidArgument, file_name + ": " + path + " is empty"};
  return value.substr(begin, value.find_last_not_of(" \t\r\n") - begin + 1);
}

namespace {

bool has_scheme(const std::string& host) {
  return host.starts_with("http://") || host.starts_with("https://");
}

}  // namespace

std::string upstream_address() {
  const std::string upstream = environment("SAMOVAR_UPSTREAM");
  if (!upstream.empty()) return upstream;
  std::string host = environment("OLLAMA_HOST");
  return has_scheme(host) ? host : "";
}

Result<std::optional<BindAddress>> bind_address() {
  const std::string told = environment("OLLAMA_HOST");
  if (told.empty() || has_scheme(told)) return std::optional<BindAddress>();
  const Result<std::string> url = backend::parse_ollama_address(told);
  if (!url) return url.error();
  constexpr size_t kScheme = 7;  // "http://"
  const std::string rest = url->substr(kScheme, url->find('/', kScheme) - kScheme);
  const size_t colon = rest.rfind(':');
  BindAddress address;
  address.host = rest.substr(0, colon);
  if (address.host.starts_with('[')) address.host = address.host.substr(1, address.host.size() - 2);
  int64_t port = 0;
  std::from_chars(rest.data() + colon + 1, rest.data() + rest.size(), port);
  address.port = static_cast<uint16_t>(port);
  return std::optional(address);
}

Result<void> read_engine_environment(backend::EngineBackendOptions& options) {
  for (const Result<void>& read :
       {read_number("OLLAMA_NUM_PARALLEL", options.resident.n_slots),
        read_number("OLLAMA_MAX_QUEUE", options.resident.max_queue),
        read_number("OLLAMA_CONTEXT_LENGTH", options.resident.num_ctx),
        read_number("OLLAMA_MAX_LOADED_MODELS", options.max_loaded_models),
        read_cache_type(options.resident.quantized_cache), read_memory(options.memory_bytes),
        read_keep_alive(options.keep_alive_ns)}) {
    if (!read) return read.error();
  }
  return {};
}

Result<size_t> most_per_client() {
  size_t most = 0;
  if (environment("SAMOVAR_MAX_PER_CLIENT") == "0") return most;
  if (const auto read = read_number("SAMOVAR_MAX_PER_CLIENT", most); !read) return read.error();
  return most;
}

Result<int64_t> request_timeout_ms() {
  constexpr int64_t kUsualMs = 120'000;
  const std::string value = environment("SAMOVAR_REQUEST_TIMEOUT");
  if (value.empty()) return kUsualMs;
  const Result<int64_t> timeout = api::parse_timeout(value);
  if (timeout) return timeout;
  return Error{timeout.error().code, "SAMOVAR_REQUEST_TIMEOUT=" + timeout.error().message};
}

Result<void> read_transfer_environment(registry::DownloadOptions& options) {
  return read_number("OLLAMA_MAX_TRANSFER_STREAMS", options.n_streams);
}

bool is_switched_on(const char* name) {
  const std::string value = environment(name);
  return !value.empty() && value != "0" && value != "false";
}

std::vector<std::string> environment_list(const char* name) {
  const std::string text = environment(name);
  const std::vector<std::string_view> items = split(text, ",");
  return {items.begin(), items.end()};
}

}  // namespace samovar::app
