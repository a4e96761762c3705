#include "backend/resident.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "backend/model_options.h"
#include "catalog/capabilities.h"
#include "catalog/describe.h"
#include "catalog/facts.h"
#include "kernels/table.h"
#include "platform/machine.h"
#include "wire/json_depth.h"

namespace samovar::backend {
namespace {

// Most models are trained for less; beyond it a slot's address space alone would be many gigabytes.
constexpr size_t kMaxContext = 131072;
constexpr std::string_view kPlainTemplate = "{{ .Prompt }}";  // Ollama's for a model without any

ModelFacts to_model_facts(const catalog::Entry& entry, const catalog::Facts& facts) {
  ModelFacts out;
  out.parent_model = entry.parent_model;
  out.format = entry.model_format;
  out.family = entry.model_family;
  out.families = entry.model_families;
  out.parameter_size = entry.parameter_size.empty() ? facts.parameter_size : entry.parameter_size;
  out.quantization_level =
      entry.quantization_level.empty() ? facts.quantization_level : entry.quantization_level;
  out.context_length = facts.context_length;
  out.embedding_length = facts.embedding_length;
  return out;
}

Result<std::vector<text::ChatMessage>> parse_opening(const std::string& messages_json) {
  std::vector<text::ChatMessage> out;
  if (messages_json.empty()) return out;
  const auto json = wire::parse_json_value<nlohmann::json>(messages_json);
  if (!json.is_array()) return Error{Code::kCorrupt, "the model's messages are not a JSON array"};
  for (const auto& item : json) {
    if (!item.is_object() || !item.value("role", nlohmann::json()).is_string() ||
        !item.value("content", nlohmann::json()).is_string()) {
      return Error{Code::kCorrupt, "one of the model's messages has no role or content"};
    }
    text::ChatMessage message;
    message.role = item["role"].get<std::string>();
    message.content = item["content"].get<std::string>();
    out.push_back(std::move(message));
  }
  return out;
}

Result<std::unique_ptr<text::ChatTemplate>> make_template(const catalog::Entry& entry,
                                                          const catalog::Facts& facts) {
  if (!entry.template_text.empty()) return text::make_go_template(entry.template_text);
  if (!facts.chat_template.empty()) return text::make_jinja_template(facts.chat_template);
  return text::make_go_template(kPlainTemplate);
}

// llama.cpp's numbers. A model that says nothing makes text: its last token has read all of it.
engine::Pooling read_pooling(const model::Model& model) {
  const auto kind = model.file->get_integer(model.config.arch + ".pooling_type", 3);
  if (kind && *kind == 1) return engine::Pooling::kMean;
  if (kind && *kind == 2) return engine::Pooling::kFirst;
  return engine::Pooling::kLast;
}

bool contains(const std::vector<std::string>& list, std::string_view what) {
  return std::find(list.begin(), list.end(), what) != list.end();
}

std::vector<std::string> list_control_tokens(const text::Vocabulary& vocabulary) {
  std::vector<std::string> out;
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const bool control = vocabulary.kinds[id] == text::TokenKind::kControl;
    if (control && vocabulary.tokens[id].size() > 1) out.push_back(vocabulary.tokens[id]);
  }
  return out;
}

// What is left for conversations once the weights are there.
int64_t room_for_conversations(const Resident& resident, const ResidentOptions& options) {
  const size_t weights = resident.model->weights.arena.used_bytes();
  const auto allowed = static_cast<int64_t>(
      std::min(options.memory_limit_bytes - std::min(weights, options.memory_limit_bytes),
               static_cast<size_t>(std::numeric_limits<int64_t>::max())));
  return std::min(platform::available_memory_bytes(), allowed);
}

// As many conversations at once as memory can hold at the default context, at least one.
size_t fit_slots(size_t wanted, int64_t room, size_t conversation_bytes) {
  const int64_t fitting = room / 2 / static_cast<int64_t>(std::max<size_t>(1, conversation_bytes));
  return static_cast<size_t>(
      std::clamp<int64_t>(fitting, 1, static_cast<int64_t>(std::max<size_t>(1, wanted))));
}

Result<void> start_engine(Resident& resident, const ResidentOptions& options) {
  const model::Config& config = resident.model->config;
  engine::EngineOptions engine_options;
  const size_t n_ctx = std::min<size_t>(config.n_ctx_limit, static_cast<size_t>(options.num_ctx));
  const size_t conversation_bytes = model::KvCache::bytes_per_sequence(config, n_ctx);
  const int64_t room = room_for_conversations(resident, options);
  engine_options.n_slots = fit_slots(options.n_slots, room, conversation_bytes);
  engine_options.n_ctx = kMaxContext;
  // Requests that free slots await have not left the engine's line yet; the gate counts exactly.
  engine_options.max_queue = options.max_queue + options.n_slots;
  // Named after the weights, not the manifest: what a name says of templates changes no computed token.
  engine_options.disk = {options.disk_cache_folder, options.disk_cache_bytes,
                         resident.entry.weights.filename().string()};
  // Finished conversations are kept for their next turns in what the running ones leave, but never in all.
  const int64_t left = room - static_cast<int64_t>(engine_options.n_slots * conversation_bytes);
  engine_options.max_cache_bytes =
      engine_options.n_slots * conversation_bytes + static_cast<size_t>(std::max<int64_t>(0, left) / 4);
  auto engine = engine::Engine::make(resident.model, *resident.pool, engine_options);
  if (!engine) return engine.error();
  resident.engine = std::move(*engine);
  resident.memory_bytes = static_cast<int64_t>(resident.model->weights.arena.used_bytes() +
                                               engine_options.n_slots * conversation_bytes);
  return {};
}

Result<void> load_weights(Resident& resident, const ResidentOptions& options) {
  const size_t n_threads = options.n_threads == 0 ? platform::usable_cpus() : options.n_threads;
  resident.pool = std::make_shared<platform::ThreadPool>(n_threads);
  model::LoadOptions wanted = load_options(options);
  wanted.memory_limit_bytes = options.memory_limit_bytes;
  auto model = model::load_model(resident.entry.weights, wanted, kernels::table(), *resident.pool);
  if (!model) return model.error();
  resident.model = std::move(*model);
  resident.control_tokens = list_control_tokens(resident.model->tokenizer->vocabulary());
  for (const std::string& token : resident.model->tokenizer->vocabulary().tokens)
    resident.longest_token_bytes = std::max(resident.longest_token_bytes, token.size());
  return {};
}

void share_weights(Resident& resident, const Resident& twin) {
  resident.pool = twin.pool;
  resident.model = twin.model;
  resident.engine = twin.engine;
  resident.trie = twin.trie;
  resident.control_tokens = twin.control_tokens;
  resident.longest_token_bytes = twin.longest_token_bytes;
  resident.memory_bytes = twin.memory_bytes;
}

// What the name says of the weights: template, parameters, abilities.
Result<void> read_name(Resident& resident) {
  const catalog::Entry& entry = resident.entry;
  const catalog::Facts facts = catalog::read_facts(*resident.model->file);
  resident.summary = summarize(entry, facts);
  resident.completes = contains(resident.summary.capabilities, "completion");
  resident.thinks = contains(resident.summary.capabilities, "thinking");
  resident.fills_in = contains(resident.summary.capabilities, "insert");
  auto chat_template = make_template(entry, facts);
  if (!chat_template)
    return Error{chat_template.error().code,
                 "the chat template of '" + resident.summary.name + "': " + chat_template.error().message};
  resident.chat_template = std::move(*chat_template);
  const text::TemplateTraits traits =
      text::inspect_template(entry.template_text.empty() ? facts.chat_template : entry.template_text);
  resident.pooling = read_pooling(*resident.model);
  resident.tool_tag = traits.tool_open;
  resident.think_close = traits.think_close.empty() ? "</think>" : traits.think_close;
  auto defaults = parse_model_options(entry.params_json);
  if (!defaults) return defaults.error();
  resident.defaults = std::move(*defaults);
  auto opening = parse_opening(entry.messages_json);
  if (!opening) return opening.error();
  resident.opening = std::move(*opening);
  return {};
}

}  // namespace

model::LoadOptions load_options(const ResidentOptions& options) {
  model::LoadOptions out;
  out.n_ctx = static_cast<size_t>(options.num_ctx);
  out.quantized_cache = options.quantized_cache;
  return out;
}

Result<std::unique_ptr<Resident>> load_resident(const catalog::Entry& entry, const ResidentOptions& options,
                                                const Resident* twin) {
  if (contains(entry.other_layers, "adapter")) {
    return Error{
        Code::kUnsupported,
        "'" + entry.name.display() + "' needs an adapter (LoRA), which the built-in engine does not apply"};
  }
  auto resident = std::make_unique<Resident>();
  resident->entry = entry;
  if (twin != nullptr) {
    share_weights(*resident, *twin);
  } else if (const auto loaded = load_weights(*resident, options); !loaded) {
    return loaded.error();
  }
  if (const auto read = read_name(*resident); !read) return read.error();
  if (twin != nullptr) return resident;
  if (const auto started = start_engine(*resident, options); !started) return started.error();
  return resident;
}

ModelSummary summarize(const catalog::Entry& entry, const catalog::Facts& facts) {
  ModelSummary out;
  out.name = entry.name.display();
  out.digest = entry.digest;
  out.size_bytes = entry.size_bytes;
  out.modified_at_ns = entry.modified_at_ns;
  out.facts = to_model_facts(entry, facts);
  out.capabilities = catalog::list_capabilities(entry, facts);
  return out;
}

Result<ModelDescription> describe_entry(const catalog::Entry& entry, bool verbose) {
  const auto file = gguf::File::open(entry.weights);
  if (!file) return file.error();
  catalog::Description found =
      catalog::describe(entry, **file, verbose ? catalog::Arrays::kWhole : catalog::Arrays::kNull);
  auto opening = parse_opening(entry.messages_json);
  if (!opening) return opening.error();
  ModelDescription out;
  out.summary = summarize(entry, found.facts);
  out.modelfile = std::move(found.modelfile);
  out.parameters = std::move(found.parameters);
  out.chat_template = std::move(found.shown_template);
  out.system = entry.system;
  out.license = entry.license;
  out.model_info_json = std::move(found.model_info_json);
  out.tensors_json = std::move(found.tensors_json);
  out.messages = std::move(*opening);
  return out;
}

}  // namespace samovar::backend
