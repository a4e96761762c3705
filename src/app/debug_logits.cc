#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/debug_command.h"
#include "app/model_file.h"
#include "app/npy_writer.h"
#include "app/report.h"
#include "model/kv_cache.h"
#include "model/model.h"
#include "model/transformer.h"
#include "platform/machine.h"
#include "wire/json_depth.h"

namespace samovar::app {
namespace {

using Json = nlohmann::json;

Result<std::vector<text::TokenId>> read_ids(const std::string& path) {
  const Result<std::string> text = read_text_file(path);
  if (!text) return text.error();
  const Json json = wire::parse_json_value<Json>(*text);
  if (!json.is_array() || json.empty()) {
    return Error{Code::kInvalidArgument, path + ": expected a JSON array of token ids, not empty"};
  }
  std::vector<text::TokenId> ids;
  for (const Json& element : json) {
    const int64_t id = element.is_number_integer() ? element.get<int64_t>() : -1;
    if (id < 0 || id > INT32_MAX) {
      return Error{Code::kInvalidArgument,
                   path + ": element " + std::to_string(ids.size()) + " is no token id"};
    }
    ids.push_back(static_cast<text::TokenId>(id));
  }
  return ids;
}

Result<void> check_ids(const std::vector<text::TokenId>& ids, size_t n_vocab) {
  const auto wrong = std::find_if(ids.begin(), ids.end(),
                                  [n_vocab](text::TokenId id) { return static_cast<size_t>(id) >= n_vocab; });
  if (wrong == ids.end()) return {};
  return Error{Code::kInvalidArgument, "token id " + std::to_string(*wrong) +
                                           " is outside the vocabulary of " + std::to_string(n_vocab)};
}

void write_logits(model::Transformer& transformer, const std::vector<text::TokenId>& ids,
                  const DebugArguments& arguments, NpyWriter& writer) {
  const size_t batch = arguments.batch;
  for (size_t begin = 0; begin < ids.size(); begin += batch) {
    std::vector<model::BatchRow> rows;
    for (size_t i = begin; i < std::min(ids.size(), begin + batch); ++i) {
      rows.push_back({.token = ids[i],
                      .pos = static_cast<int32_t>(i),
                      .sequence = 0,
                      .wants_logits = true,
                      .kind = batch == 1 ? model::RowKind::kAnswer : model::RowKind::kPrompt,
                      .n_best = arguments.top_k});
    }
    writer.write(transformer.forward(rows));
  }
}

Result<void> run(const DebugArguments& arguments) {
  if (const std::string_view problem = kernels::isa_problem(); !problem.empty()) {
    return Error{Code::kInvalidArgument, std::string(problem)};
  }
  const auto ids = read_ids(arguments.file);
  if (!ids) return ids.error();
  const auto found = find_model_file(arguments.model);
  if (!found) return found.error();
  platform::ThreadPool pool(arguments.threads == 0 ? platform::usable_cpus() : arguments.threads);
  const kernels::Table& table = kernels::table();
  const auto model = model::load_model(
      found->path, {.n_ctx = ids->size(), .quantized_cache = arguments.kv_cache == "q8_0"}, table, pool);
  if (!model) return model.error();
  const model::Config& config = (*model)->config;
  if (const auto checked = check_ids(*ids, config.n_vocab); !checked) return checked.error();
  auto cache = model::KvCache::make(config, 1, ids->size());
  if (!cache) return cache.error();
  ops::Exec exec(pool, table);
  model::Transformer transformer(config, (*model)->weights, *cache, exec);
  auto writer = NpyWriter::create(arguments.out, ids->size(), config.n_vocab);
  if (!writer) return writer.error();
  write_logits(transformer, *ids, arguments, *writer);
  if (const ops::Head::Counts counts = transformer.head_counts(); counts.logits > 0) {
    std::fprintf(stderr, "%.2f %% of the logits were computed whole\n",
                 100.0 * static_cast<double>(counts.completed) / static_cast<double>(counts.logits));
  }
  return writer->close();
}

}  // namespace

int debug_logits(const DebugArguments& arguments) {
  const Result<void> done = run(arguments);
  return done ? 0 : report(done.error());
}

}  // namespace samovar::app
