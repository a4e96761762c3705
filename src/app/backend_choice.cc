#include "app/backend_choice.h"

#include <algorithm>

#include "app/environment.h"
#include "app/upstream_choice.h"
#include "app/wait.h"
#include "backend/ollama_client.h"
#include "kernels/table.h"

namespace samovar::app {
namespace {

using backend::Backend;
using backend::OllamaClient;
using backend::UpstreamOptions;

constexpr const char* kUsualAddress = "127.0.0.1:11434";
constexpr int64_t kDayMs = 86'400'000;

Result<std::shared_ptr<Backend>> connect(const std::string& address) {
  // Nobody waits in front of a web page here: an answer may take as long as it takes.
  Result<std::unique_ptr<OllamaClient>> client =
      OllamaClient::make(address, {.answer_limit_ms = kDayMs, .api_key = environment("OLLAMA_API_KEY")});
  if (!client) return client.error();
  return std::shared_ptr<Backend>(std::move(*client));
}

bool server_answers() {
  const UpstreamOptions quick = {
      .query_limit_ms = 1'000, .connect_limit_ms = 300, .api_key = environment("OLLAMA_API_KEY")};
  const Result<std::unique_ptr<OllamaClient>> client = OllamaClient::make(kUsualAddress, quick);
  if (!client) return false;
  const Result<bool> ready =
      wait_for<bool>([&](auto callback) { (*client)->check_ready(std::move(callback)); });
  return ready && *ready;
}

Result<std::shared_ptr<Backend>> make_engine(size_t n_threads) {
  if (const std::string_view problem = kernels::isa_problem(); !problem.empty()) {
    return Error{Code::kInvalidArgument, std::string(problem)};
  }
  backend::EngineBackendOptions options;
  if (const Result<void> read = read_engine_environment(options); !read) return read.error();
  options.resident.n_threads = n_threads;
  options.resident.n_slots = 1;
  auto store = std::make_shared<const catalog::Store>(catalog::Store::default_root());
  return std::shared_ptr<Backend>(std::make_shared<backend::EngineBackend>(std::move(store), options));
}

}  // namespace

Result<std::shared_ptr<Backend>> choose_backend(Preference preference, size_t n_threads) {
  const std::string told = environment("OLLAMA_HOST");
  if (!told.empty()) return connect(told);
  if (preference == Preference::kServerOnly) return connect(kUsualAddress);
  if (preference == Preference::kRunningServer && server_answers()) return connect(kUsualAddress);
  if (const std::string upstream = environment("SAMOVAR_UPSTREAM"); !upstream.empty()) {
    Result<ChosenUpstream> chosen = make_upstream_pool(upstream, {.answer_limit_ms = kDayMs});
    if (!chosen) return chosen.error();
    return std::shared_ptr<Backend>(chosen->pool);
  }
  return make_engine(n_threads);
}

std::string pick_default_model(const std::vector<backend::ModelSummary>& models) {
  const auto usual = std::find_if(models.begin(), models.end(),
                                  [](const auto& model) { return model.name == kDefaultModel; });
  if (usual != models.end()) return usual->name;
  return models.empty() ? "" : models.front().name;
}

Result<std::string> choose_model(Backend& backend) {
  const auto models =
      wait_for<std::vector<backend::ModelSummary>>([&](auto callback) { backend.list(std::move(callback)); });
  if (!models) return models.error();
  std::string name = pick_default_model(*models);
  if (!name.empty()) return name;
  return Error{
      Code::kNotFound,
      "no model is installed; './run' fetches the default one, 'samovar pull NAME' another, 'samovar import "
      "FILE.gguf NAME' takes a file"};
}

}  // namespace samovar::app
