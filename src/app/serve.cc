#include "app/serve.h"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "accounts/service.h"
#include "api/denial.h"
#include "api/routes.h"
#include "app/access_choice.h"
#include "app/backend_choice.h"
#include "app/environment.h"
#include "app/history_choice.h"
#include "app/key_store.h"
#include "app/keys_choice.h"
#include "app/library_choice.h"
#include "app/log_format.h"
#include "app/page_routes.h"
#include "app/pdf_child.h"
#include "app/ports.h"
#include "app/preload_watch.h"
#include "app/report.h"
#include "app/setup_choice.h"
#include "app/stop_signals.h"
#include "app/store_watch.h"
#include "app/upstream_choice.h"
#include "app/wait.h"
#include "app/welcome.h"
#include "backend/engine_backend.h"
#include "chat/service.h"
#include "http/client.h"
#include "http/server.h"
#include "kernels/table.h"
#include "keys/key_file.h"
#include "platform/machine.h"
#include "wire/json_writer.h"
#include "wire/status.h"

namespace samovar::app {
namespace {

constexpr int kInterruptMs = 5'000;  // an answer that is interrupted ends within a token

struct Chosen {
  std::shared_ptr<backend::Backend> backend;
  std::shared_ptr<backend::Gate> gate;  // the same
  std::shared_ptr<backend::Library> library;
  std::string model;                                 // the page's default; empty: none is installed
  std::shared_ptr<backend::UpstreamPool> upstreams;  // null: the engine answers
  std::string kind = "engine";

  [[nodiscard]] bool is_engine() const { return upstreams == nullptr; }
};

Result<std::vector<backend::ModelSummary>> list_models(backend::Backend& backend) {
  return wait_for<std::vector<backend::ModelSummary>>(
      [&](auto callback) { backend.list(std::move(callback)); });
}

Error explain_missing(const std::string& model, const std::vector<backend::ModelSummary>& models,
                      const std::string& store) {
  std::string text = "model '" + model + "' not found in " + store + "; ";
  if (models.empty()) text += "the store is empty; ";
  if (!models.empty()) text += "installed: ";
  for (const auto& known : models) text += known.name + (&known == &models.back() ? "; " : ", ");
  return {Code::kNotFound, text + "'samovar pull " + model + "' fetches it, 'samovar import FILE.gguf " +
                               model + "' takes a file"};
}

// Which models to keep in memory. One that was asked for must be there and readable; without a wish the
// server starts even when the store is empty, and the page says what is missing.
Result<std::vector<std::string>> choose_preload(const ServeOptions& options,
                                                const std::shared_ptr<const catalog::Store>& store) {
  backend::EngineBackend probe(store, {});
  const auto models = list_models(probe);
  if (!models) return models.error();
  const std::string usual = pick_default_model(*models);
  if (options.models.empty()) return usual.empty() ? std::vector<std::string>() : std::vector{usual};
  for (const std::string& wanted : options.models) {
    const auto described = wait_for<backend::ModelDescription>(
        [&](auto callback) { probe.describe(wanted, false, std::move(callback)); });
    if (described) continue;
    if (described.error().code == Code::kNotFound)
      return explain_missing(wanted, *models, store->root().string());
    return described.error();
  }
  return options.models;
}

Result<std::shared_ptr<backend::Gate>> make_gate(std::shared_ptr<backend::Backend> backend,
                                                 const backend::EngineBackendOptions& limits) {
  const Result<size_t> most = most_per_client();
  if (!most) return most.error();
  return std::make_shared<backend::Gate>(std::move(backend),
                                         backend::GateOptions{.max_waiting = limits.resident.max_queue,
                                                              .parallel = limits.resident.n_slots,
                                                              .max_per_client = *most});
}

Result<Chosen> make_engine(const ServeOptions& options) {
  if (const std::string_view problem = kernels::isa_problem(); !problem.empty()) {
    return Error{Code::kInvalidArgument, std::string(problem)};
  }
  backend::EngineBackendOptions engine;
  if (const Result<void> read = read_engine_environment(engine); !read) return read.error();
  const auto store = std::make_shared<const catalog::Store>(catalog::Store::default_root());
  const Result<std::vector<std::string>> preload = choose_preload(options, store);
  if (!preload) return preload.error();
  engine.resident.n_threads = options.threads;
  engine.resident.disk_cache_folder = cache_folder() / "conversations";
  engine.resident.disk_cache_bytes = options.disk_cache_mb << 20U;
  if (!options.kv_cache.empty()) engine.resident.quantized_cache = options.kv_cache == "q8_0";
  engine.preload = *preload;
  const auto library = make_local_library();
  if (!library) return library.error();
  if (!is_switched_on("OLLAMA_NOPRUNE")) catalog::Store(store->root()).remove_leftovers();
  const auto gate = make_gate(std::make_shared<backend::EngineBackend>(store, engine), engine);
  if (!gate) return gate.error();
  return Chosen{*gate, *gate, *library, preload->empty() ? "" : preload->front(), nullptr, "engine"};
}

Result<Chosen> make_upstream(const ServeOptions& options, const std::string& address) {
  Result<ChosenUpstream> upstream = make_upstream_pool(address);
  if (!upstream) return upstream.error();
  backend::EngineBackendOptions limits;
  if (const Result<void> read = read_engine_environment(limits); !read) return read.error();
  const auto gate = make_gate(upstream->pool, limits);
  if (!gate) return gate.error();
  Chosen chosen = {
      *gate,          *gate,         upstream->library, options.models.empty() ? "" : options.models.front(),
      upstream->pool, upstream->kind};
  if (!chosen.model.empty()) return chosen;
  // An upstream that does not answer yet may answer later: the page reports it, the server still starts.
  if (const auto models = list_models(*chosen.backend)) {
    chosen.model = pick_default_model(*models);
  } else {
    spdlog::warn("{}", models.error().message);
  }
  return chosen;
}

struct Routers {
  std::shared_ptr<http::Router> page = std::make_shared<http::Router>();
  std::shared_ptr<http::Router> api = std::make_shared<http::Router>();
  std::optional<chat::Handle> chat;
};

// What the page's service is made of besides the backend.
struct PageParts {
  ChosenHistory history;
  ChosenSetup setup;
  accounts::Options access;
};

Result<PageParts> open_page_parts(const ServeOptions& options) {
  Result<ChosenSetup> setup = load_setup(setup_file());
  if (!setup) return setup.error();
  Result<accounts::Options> access = choose_access(options.doors.trusted_proxies);
  if (!access) return access.error();
  Result<ChosenHistory> history = open_history();
  if (!history) return history.error();
  return PageParts{*std::move(history), *std::move(setup), *std::move(access)};
}

// What the page and /metrics ask; unset where the engine answers.
std::function<std::vector<backend::UpstreamState>()> upstream_reader(const Chosen& chosen) {
  if (chosen.is_engine()) return {};
  return [weak = std::weak_ptr(chosen.upstreams)] {
    const auto pool = weak.lock();
    return pool ? pool->read_upstreams() : std::vector<backend::UpstreamState>();
  };
}

chat::Deps make_chat_deps(const Chosen& chosen, const PageParts& parts, const ServeOptions& options,
                          http::Server& server) {
  chat::Deps page;
  page.backend = chosen.backend;
  page.backend_kind = chosen.kind;
  page.upstreams = upstream_reader(chosen);
  page.is_full = [weak = std::weak_ptr(chosen.gate)](size_t n_coming) {
    const auto gate = weak.lock();
    return gate && gate->is_full(n_coming);
  };
  page.version = SAMOVAR_VERSION;
  page.default_model =
      parts.setup.setup.default_model.empty() ? chosen.model : parts.setup.setup.default_model;
  page.welcome = load_welcome(".");
  page.setup = parts.setup.setup;
  page.logo_bytes = parts.setup.logo_bytes;
  page.css_text = parts.setup.css_text;
  page.archive = parts.history.archive.get();
  page.temporary = parts.history.temporary.get();
  page.is_stored = parts.history.is_stored;
  page.history_notice = parts.history.notice;
  page.keep_days = options.keep_days;
  page.read_pdf = read_pdf_apart;
  page.post_later = server.poster();
  return page;
}

struct Limits {
  int64_t timeout_ms = 0;  // of an answer
  std::shared_ptr<keys::KeyRing> key_ring;
  CheckStore check_store;                // unset: nothing is kept
  std::unique_ptr<http::Client> client;  // to a provider of accounts; null: there is none
  std::optional<accounts::Handle> access;
  bool is_open = true;        // to whoever can connect
  bool api_is_local = false;  // the API's port can be reached from this machine only
};

Result<Limits> read_limits() {
  const Result<int64_t> timeout_ms = request_timeout_ms();
  if (!timeout_ms) return timeout_ms.error();
  Limits limits;
  limits.timeout_ms = *timeout_ms;
  return limits;
}

// Answers of accounts that lose their right to them; known once there are routers.
using EndRuns = std::shared_ptr<std::function<void(const std::string& user)>>;

Result<accounts::Handle> open_accounts(const PageParts& parts, const EndRuns& end_runs, http::Client* client,
                                       http::Server& server) {
  accounts::Deps deps;
  deps.options = parts.access;
  deps.archive = parts.history.archive.get();
  deps.client = client;
  deps.post_later = server.poster();
  deps.log = [](const std::string& line) { spdlog::info("{}", line); };
  deps.name = parts.setup.setup.name;
  deps.look_json = chat::encode_look(parts.setup.setup.look);
  deps.has_open_shares = parts.setup.setup.features.share_open;
  deps.key_store = key_store_of(*parts.history.archive);
  deps.refuse_api = [](const std::string& path, const Error& error, http::Headers headers) {
    return api::make_denial(path, {wire::http_status(error.code), error.message, std::move(headers)});
  };
  deps.end_runs = [end_runs](const std::string& user) {
    if (*end_runs) (*end_runs)(user);
  };
  return accounts::open(std::move(deps));
}

// Values are quoted where they come from outside: a line of the log is one line.
std::function<void(const api::AnsweredRequest&)> request_logger() {
  if (!is_switched_on("SAMOVAR_LOG_REQUESTS")) return {};
  return [](const api::AnsweredRequest& request) {
    spdlog::info("{} {} {} in {:.3f} s{} request={} trace={} span={} parent={}", request.method,
                 request.endpoint, request.status, request.seconds, request.is_whole ? "" : " (broken off)",
                 wire::to_json_string(request.id), request.trace.trace_id, request.trace.span_id,
                 request.trace.parent_id.empty() ? "-" : request.trace.parent_id);
  };
}

Routers make_routers(const Chosen& chosen, const ServeOptions& options, const Limits& limits,
                     const Doors& doors, chat::Deps page) {
  api::Deps deps = {.backend = chosen.backend,
                    .library = chosen.library,
                    .version = SAMOVAR_VERSION,
                    .now_ns = {},
                    .loopback = is_loopback(options.host),
                    .allowed_hosts = doors.allowed_hosts,
                    .allowed_origins = environment_list("OLLAMA_ORIGINS"),
                    .request_timeout_ms = limits.timeout_ms,
                    .keys = limits.key_ring,
                    .gate = chosen.gate,
                    .counts = std::make_shared<api::HttpCounts>(),
                    .log_request = request_logger(),
                    .resident_bytes = platform::resident_memory_bytes,
                    .upstreams = upstream_reader(chosen),
                    .check_store = limits.check_store};
  deps.owner_check = limits.access->owner_filter();
  if (!limits.is_open) deps.gatekeeper = limits.access->filter();
  api::Deps page_deps = deps;
  page_deps.keys_demanded = !limits.is_open;
  // On this machine alone, the API stays as open as it was.
  deps.keys_demanded = !limits.is_open && !limits.api_is_local;
  Routers routers;
  if (doors.tls) demand_https(*routers.page);
  add_page_routes(*routers.page, page_files(), doors.path_prefix);
  api::add_routes(*routers.page, page_deps);
  limits.access->add_routes(*routers.page);
  routers.chat = chat::add_routes(*routers.page, std::move(page));
  api::add_routes(*routers.api, deps);
  return routers;
}

std::string shown_model(const Chosen& chosen) {
  if (!chosen.model.empty()) return chosen.model;
  return chosen.is_engine() ? "none is installed: 'samovar pull NAME' fetches one, 'samovar import FILE.gguf "
                              "NAME' takes a file"
                            : "as that server offers";
}

void print_addresses(const Chosen& chosen, const PageParts& parts, const Ports& ports, bool is_local) {
  const std::string place = (chosen.is_engine() ? "" : "server at ") + chosen.backend->place();
  std::printf(
      "\nSamovar %s: answers come from the %s\n\n"
      "  chat page    %s\n"
      "  Ollama API   %s\n"
      "  model        %s\n"
      "  chats        %s\n"
      "  access       %s\n\n"
      "Ctrl-C stops it.\n",
      SAMOVAR_VERSION, place.c_str(), ports.page_url.c_str(), ports.api_url.c_str(),
      shown_model(chosen).c_str(), parts.history.place.c_str(),
      describe_access(parts.access, is_local).c_str());
  std::fflush(stdout);
}

int run(const ServeOptions& options, StopSignals& signals) {
  // The conversations outlive all that writes into them.
  const Result<PageParts> parts = open_page_parts(options);
  if (!parts) return report(parts.error());
  Result<Limits> limits = read_limits();
  if (!limits) return report(limits.error());
  const Result<Doors> doors = open_doors(options.doors);
  if (!doors) return report(doors.error());
  http::Server server({.amend = doors->amend});
  const auto end_runs = std::make_shared<EndRuns::element_type>();
  if (parts->access.mode == accounts::Mode::kOidc) limits->client = std::make_unique<http::Client>();
  const Result<accounts::Handle> access = open_accounts(*parts, end_runs, limits->client.get(), server);
  if (!access) return report(access.error());
  limits->access = *access;
  auto key_ring = open_key_ring({parts->history.archive.get(), server.poster(), access->take_turn()});
  if (!key_ring) return report(key_ring.error());
  limits->key_ring = *std::move(key_ring);
  if (parts->history.is_stored) limits->check_store = watch_store(*parts->history.archive, server.poster());
  limits->is_open = parts->access.mode == accounts::Mode::kOpen;
  limits->api_is_local = is_loopback(api_host(options));
  const std::string upstream = upstream_address();
  Result<Chosen> chosen = upstream.empty() ? make_engine(options) : make_upstream(options, upstream);
  if (!chosen) return report(chosen.error());
  chosen->gate->tell_tokens(
      [handle = *access](const std::string& user, int64_t tokens) { handle.count_tokens(user, tokens); });
  chat::Deps page = make_chat_deps(*chosen, *parts, options, server);
  page.account_deleted = [handle = *access](const std::string& user, const std::string& name,
                                            const std::string& address) {
    handle.note_deleted(user, name, address);
  };
  Routers routers = make_routers(*chosen, options, *limits, *doors, std::move(page));
  *end_runs = [chat = *routers.chat](const std::string& user) mutable { chat.stop_runs_of(user); };
  const Result<Ports> ports = open_ports(server, options, *doors, routers.page, routers.api);
  if (!ports) return report(ports.error());
  print_addresses(*chosen, *parts, *ports, is_loopback(options.host));
  if (const std::string notice = access->notice(); !notice.empty()) spdlog::warn("{}", notice);
  const auto watch = std::make_shared<PreloadWatch>(server, chosen->backend, chosen->model);
  // A model that was asked for by name and cannot be loaded is an error of the command.
  if (!options.models.empty()) watch->stop_on_failure();
  if (chosen->is_engine()) watch->begin();
  const int grace_ms = 1000 * options.drain_s;
  signals.watch([&server, &routers, &options, grace_ms] {
    spdlog::info("stopping: running answers have {} s to end", options.drain_s);
    routers.chat->end_feeds();
    server.stop(grace_ms);
  });
  server.run();
  if (!routers.chat->end_runs(kInterruptMs)) {
    // What is on the disk is whole; ending properly would pull conversations and engine from under an answer.
    spdlog::error("an answer did not end within {} s: the server ends without it", kInterruptMs / 1000);
    std::_Exit(1);
  }
  // The backend goes while the server's connections still exist for it to answer into.
  *end_runs = {};
  routers.chat.reset();
  *routers.page = http::Router();
  *routers.api = http::Router();
  const bool failed = watch->failed();
  watch->forget_backend();
  chosen->library.reset();
  chosen->gate.reset();
  chosen->backend.reset();
  chosen->upstreams.reset();
  return failed ? 1 : 0;
}

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> list_routes() {
  http::Server server(http::ServerOptions{});
  Result<history::Opened> archive = history::open_archive_in_memory();
  Result<history::Opened> temporary = history::open_archive_in_memory();
  if (!archive || !temporary) return archive ? temporary.error() : archive.error();
  const PageParts parts{
      {.archive = std::move(archive->archive), .temporary = std::move(temporary->archive)}, {}, {}};
  // Nobody asks it anything.
  Result<Chosen> chosen = make_upstream({.models = {"none"}}, "http://127.0.0.1:9");
  if (!chosen) return chosen.error();
  Result<Limits> limits = read_limits();
  if (!limits) return limits.error();
  const Result<accounts::Handle> access =
      open_accounts(parts, std::make_shared<EndRuns::element_type>(), nullptr, server);
  if (!access) return access.error();
  limits->access = *access;
  limits->key_ring = std::make_shared<keys::KeyRing>(
      keys::KeyRingOptions{.source = std::make_shared<keys::KeyFile>(""), .take_turn = {}, .now_ms = {}});
  const Routers routers =
      make_routers(*chosen, {}, *limits, Doors(), make_chat_deps(*chosen, parts, {}, server));
  return routers.page->routes();
}

int serve(const ServeOptions& options) {
  StopSignals signals;
  set_log_format(options.log_format);
  return run(options, signals);
}

}  // namespace samovar::app
