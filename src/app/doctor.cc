#include "app/doctor.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "app/backend_choice.h"
#include "app/environment.h"
#include "app/history_choice.h"
#include "app/human.h"
#include "app/upstream_choice.h"
#include "app/wait.h"
#include "base/clock.h"
#include "catalog/store.h"
#include "gguf/file.h"
#include "kernels/table.h"
#include "model/config.h"
#include "model/kv_cache.h"
#include "platform/machine.h"

namespace samovar::app {
namespace fs = std::filesystem;
namespace {

constexpr size_t kContext = 4096;                // of a conversation unless it asks for more
constexpr int64_t kScratchBytes = 100'000'000;   // beside weights and conversation
constexpr int64_t kLittleDisk = 500'000'000;     // leaves no room for a model
constexpr int64_t kOldestClock = 1'760'000'000;  // 2025-10: before this program was made
constexpr int64_t kNsPerSecond = 1'000'000'000;

Finding look_at_processor() {
  const std::string isa(kernels::table().isa);
  const std::string found = platform::cpu_name() + ", instruction set " + isa;
  if (const std::string_view problem = kernels::isa_problem(); !problem.empty()) {
    return {Health::kBad, "processor", found, std::string(problem)};
  }
  if (isa != "generic") return {Health::kGood, "processor", found, ""};
  const std::string wanted(platform::fast_feature());
  if (wanted.empty()) {
    return {Health::kPoor, "processor", found,
            "this architecture has no inner loops of its own: answers will be slow"};
  }
  return {Health::kPoor, "processor", found,
          "answers will be several times slower than on a processor with " + wanted +
              ": if this is a virtual machine, give it the host's processor type (\"host\" in Proxmox and "
              "libvirt)"};
}

Finding look_at_cores() {
  const size_t usable = platform::usable_cpus();
  const size_t all = std::max<size_t>(1, std::thread::hardware_concurrency());
  std::string found = std::to_string(usable) + " of " + std::to_string(all) + " can be used";
  return {Health::kGood, "cores", found, ""};
}

Finding look_at_clock() {
  if (unix_ns() / kNsPerSecond > kOldestClock) return {Health::kGood, "clock", "is right", ""};
  return {Health::kBad, "clock", "says a time before this program was made",
          "set it, or certificates of registries and of this server will not be accepted (timedatectl "
          "set-ntp true)"};
}

// Memory that one conversation with the model takes, weights included.
Result<int64_t> memory_need(const catalog::Entry& entry) {
  const auto file = gguf::File::open(entry.weights);
  if (!file) return file.error();
  const Result<model::Config> config = model::read_config(**file, kContext);
  if (!config) return config.error();
  const size_t n_ctx = std::min<size_t>(kContext, config->n_ctx_limit);
  return entry.size_bytes + static_cast<int64_t>(model::KvCache::bytes_per_sequence(*config, n_ctx)) +
         kScratchBytes;
}

Finding look_at_model(const catalog::Entry& entry, int64_t available) {
  const std::string what = "model " + entry.name.display();
  const Result<int64_t> need = memory_need(entry);
  if (!need) return {Health::kBad, what, need.error().message, "'samovar pull' it again, or 'samovar rm' it"};
  const std::string found = "needs " + human_bytes(*need) + " with one conversation of 4096 tokens";
  if (*need <= available) return {Health::kGood, what, found, ""};
  return {Health::kBad, what, found + ", " + human_bytes(available) + " can be taken",
          "choose a smaller model or quantization, a shorter OLLAMA_CONTEXT_LENGTH, --kv-cache q8_0, or more "
          "memory"};
}

// The folder, or the nearest one above it that exists.
fs::path existing_part(fs::path folder) {
  std::error_code ignored;
  while (!fs::exists(folder, ignored) && folder.has_relative_path()) folder = folder.parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

Finding look_at_folder(const std::string& what, const fs::path& folder) {
  const fs::path place = existing_part(folder);
  std::error_code failed;
  const fs::space_info space = fs::space(place, failed);
  if (failed) return {Health::kBad, what, folder.string() + ": " + failed.message(), "choose another folder"};
  const std::string found =
      folder.string() + ", " + human_bytes(static_cast<int64_t>(space.available)) + " free";
  if (access(place.c_str(), W_OK) != 0) {
    return {Health::kPoor, what, found + ", cannot be written to (" + std::strerror(errno) + ")",
            "nothing new can be kept there: change its owner, or choose another folder"};
  }
  if (static_cast<int64_t>(space.available) < kLittleDisk) {
    return {Health::kPoor, what, found, "make room: a model takes 0.1 to 3 GB"};
  }
  return {Health::kGood, what, found, ""};
}

void look_at_models(std::vector<Finding>& findings) {
  const int64_t available = platform::available_memory_bytes();
  findings.push_back({Health::kGood, "memory", human_bytes(available) + " can be taken", ""});
  const catalog::Store store(catalog::Store::default_root());
  findings.push_back(look_at_folder("models", store.root()));
  std::vector<Error> broken;
  const auto entries = store.list(&broken);
  if (!entries) {
    findings.push_back({Health::kBad, "models", entries.error().message, "see to its permissions"});
    return;
  }
  for (const Error& error : broken) {
    findings.push_back({Health::kBad, "models", error.message, "'samovar rm' and 'samovar pull' mend it"});
  }
  for (const catalog::Entry& entry : *entries) findings.push_back(look_at_model(entry, available));
  if (entries->empty()) {
    findings.push_back({Health::kPoor, "models", "there is none", "'samovar pull gemma2:2b' fetches one"});
  }
}

Finding look_at_port(const std::string& what, const std::string& host, int port) {
  const std::string place = host + ":" + std::to_string(port);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    return {Health::kPoor, what, place + " is no IPv4 address", "give one to --host to have it looked at"};
  }
  const int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const bool bound = bind(handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int why = errno;
  close(handle);
  if (bound) return {Health::kGood, what, place + " is free", ""};
  if (why == EADDRINUSE) {
    return {Health::kPoor, what, place + " is taken",
            "by a running samovar or ollama, or choose another port"};
  }
  return {Health::kBad, what, place + ": " + std::strerror(why), "choose another address or port"};
}

void look_at_upstream(std::vector<Finding>& findings) {
  const std::string address = upstream_address();
  if (address.empty()) return;
  const std::string variable = environment("SAMOVAR_UPSTREAM").empty() ? "OLLAMA_HOST" : "SAMOVAR_UPSTREAM";
  const auto chosen = make_upstream_pool(address);
  if (!chosen) {
    findings.push_back({Health::kBad, "upstream", chosen.error().message, "see " + variable});
    return;
  }
  const auto upstreams = chosen->pool->upstreams();
  bool one_answers = false;
  std::vector<Finding> found;
  for (const auto& upstream : upstreams) {
    const auto models = wait_for<std::vector<backend::ModelSummary>>(
        [&](auto callback) { upstream->list(std::move(callback)); });
    one_answers = one_answers || models;
    found.push_back(
        models ? Finding{Health::kGood, "upstream",
                         upstream->place() + " has " + std::to_string(models->size()) + " model(s)", ""}
               : Finding{Health::kBad, "upstream", models.error().message,
                         "start that server, or see " + variable});
  }
  for (Finding& finding : found) {
    // The others answer in its place.
    if (finding.health == Health::kBad && one_answers) finding.health = Health::kPoor;
    findings.push_back(std::move(finding));
  }
}

}  // namespace

std::vector<Finding> examine(const DoctorOptions& options) {
  std::vector<Finding> findings = {look_at_processor(), look_at_cores(), look_at_clock()};
  if (upstream_address().empty()) {
    look_at_models(findings);
  } else {
    look_at_upstream(findings);
  }
  if (const Result<fs::path> data = data_folder(); data) {
    findings.push_back(look_at_folder("conversations", *data));
  } else if (environment("SAMOVAR_STATELESS") != "1") {
    findings.push_back({Health::kBad, "conversations", data.error().message, "set SAMOVAR_DATA"});
  }
  findings.push_back(look_at_port("page's port", options.host, options.port));
  findings.push_back(look_at_port("API's port", options.host, options.api_port));
  return findings;
}

std::string format_findings(const std::vector<Finding>& findings) {
  constexpr const char* kMarks[] = {"ok  ", "poor", "BAD "};
  std::string text;
  for (const Finding& finding : findings) {
    text += std::string(kMarks[static_cast<size_t>(finding.health)]) + "  " + finding.what + ": " +
            finding.found + "\n";
    if (!finding.advice.empty()) text += "      " + finding.advice + "\n";
  }
  return text;
}

}  // namespace samovar::app
