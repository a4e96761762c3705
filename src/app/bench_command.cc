#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "app/bench.h"
#include "app/bench_answer.h"
#include "app/commands.h"
#include "app/model_file.h"
#include "app/report.h"
#include "platform/machine.h"

namespace samovar::app {
namespace {

struct BenchArguments {
  std::string model;
  std::string kv_cache;
  std::string prompt;  // a file: its answer is measured instead
  BenchPlan plan;
  std::vector<size_t> threads;
  bool json = false;
};

struct Subject {  // what is measured
  std::string name;
  std::string isa;
  uintmax_t file_bytes = 0;
};

nlohmann::ordered_json to_json(const Subject& subject, const BenchPlan& plan, const BenchResult& result) {
  const auto range = [](const Spread& spread) {
    return nlohmann::ordered_json::array({spread.lowest, spread.highest});
  };
  return {{"threads", result.threads},
          {"prefill_tokens_per_s", result.prefill_tokens_per_s.median},
          {"decode_tokens_per_s", result.decode_tokens_per_s.median},
          {"memory_read_gb_per_s", result.memory_read_gb_per_s},
          {"isa", subject.isa},
          {"model", subject.name},
          {"file_bytes", subject.file_bytes},
          {"prefill_range", range(result.prefill_tokens_per_s)},
          {"decode_range", range(result.decode_tokens_per_s)},
          {"prefill_tokens", plan.prefill_tokens},
          {"decode_tokens", plan.decode_tokens},
          {"conversations", plan.conversations},
          {"depth", plan.depth},
          {"repeats", plan.repeats},
          {"top_k", plan.top_k},
          {"head_share", result.head_share}};
}

void print_header(const Subject& subject, const BenchPlan& plan) {
  std::printf("%s, %.1f MB, %s, %s\n", subject.name.c_str(), static_cast<double>(subject.file_bytes) / 1e6,
              subject.isa.c_str(), platform::cpu_name().c_str());
  std::printf(
      "prefill of %zu and decode of %zu tokens (of %zu at once) behind %zu; median (lowest-highest) of %zu, "
      "tokens/s\n\n",
      plan.prefill_tokens, plan.decode_tokens, plan.conversations, plan.depth, plan.repeats);
  std::printf("threads            prefill             decode    memory GB/s   decode limit\n");
}

nlohmann::ordered_json to_json(const Subject& subject, const AnswerBenchResult& result) {
  const auto range = [](const Spread& spread) {
    return nlohmann::ordered_json::array({spread.lowest, spread.highest});
  };
  return {{"threads", result.threads},
          {"tokens_per_s", result.plain_tokens_per_s.median},
          {"guessing_tokens_per_s", result.guessing_tokens_per_s.median},
          {"range", range(result.plain_tokens_per_s)},
          {"guessing_range", range(result.guessing_tokens_per_s)},
          {"prompt_tokens", result.prompt_tokens},
          {"answer_tokens", result.answer_tokens},
          {"guessed_tokens", result.guessed_tokens},
          {"guessed_right", result.guessed_right},
          {"same_text", result.same_text},
          {"isa", subject.isa},
          {"model", subject.name}};
}

void print_answer_row(const AnswerBenchResult& result) {
  const Spread& plain = result.plain_tokens_per_s;
  const Spread& guessing = result.guessing_tokens_per_s;
  std::printf("%7zu  %7.1f (%.1f-%.1f)  %7.1f (%.1f-%.1f)  %5.2f  %5lld of %5lld  %s\n", result.threads,
              plain.median, plain.lowest, plain.highest, guessing.median, guessing.lowest, guessing.highest,
              guessing.median / plain.median, static_cast<long long>(result.guessed_right),
              static_cast<long long>(result.guessed_tokens), result.same_text ? "same text" : "OTHER TEXT");
  std::fflush(stdout);
}

// The answer to a prompt from a file, with and without tokens computed ahead.
Result<void> bench_answer(const BenchArguments& arguments, const Subject& subject,
                          const std::shared_ptr<const model::Model>& model,
                          const std::vector<size_t>& threads) {
  const Result<std::string> prompt = read_text_file(arguments.prompt);
  if (!prompt) return prompt.error();
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  if (!arguments.json) {
    std::printf(
        "%s, %s, %s\nanswer of at most %zu tokens to %s; median (lowest-highest) of %zu, tokens/s\n\n",
        subject.name.c_str(), subject.isa.c_str(), platform::cpu_name().c_str(), arguments.plan.decode_tokens,
        arguments.prompt.c_str(), arguments.plan.repeats);
    std::printf("threads     token by token      with guesses  ratio   guesses right\n");
  }
  for (const size_t n_threads : threads) {
    const AnswerBenchPlan plan{*prompt, arguments.plan.decode_tokens, arguments.plan.repeats};
    const Result<AnswerBenchResult> result = run_answer_bench(model, plan, n_threads);
    if (!result) return result.error();
    if (arguments.json) all.push_back(to_json(subject, *result));
    if (!arguments.json) print_answer_row(*result);
  }
  if (arguments.json) std::printf("%s\n", all.dump(2).c_str());
  return {};
}

// The limit: every token reads the whole file once.
void print_row(const Subject& subject, const BenchResult& result) {
  const Spread& prefill = result.prefill_tokens_per_s;
  const Spread& decode = result.decode_tokens_per_s;
  std::printf("%7zu  %7.1f (%.0f-%.0f)  %7.2f (%.1f-%.1f)  %11.1f  %13.1f\n", result.threads, prefill.median,
              prefill.lowest, prefill.highest, decode.median, decode.lowest, decode.highest,
              result.memory_read_gb_per_s,
              result.memory_read_gb_per_s * 1e9 / static_cast<double>(subject.file_bytes));
  std::fflush(stdout);
}

Result<void> check_plan(const BenchPlan& plan, size_t n_ctx_train) {
  const size_t needed = plan.depth + std::max(plan.prefill_tokens, plan.decode_tokens);
  if (n_ctx_train == 0 || needed <= n_ctx_train) return {};
  return Error{Code::kTooLong, "depth and tokens make " + std::to_string(needed) +
                                   ", the model's context holds " + std::to_string(n_ctx_train)};
}

Result<void> bench(const BenchArguments& arguments) {
  if (const std::string_view problem = kernels::isa_problem(); !problem.empty()) {
    return Error{Code::kInvalidArgument, std::string(problem)};
  }
  const auto found = find_model_file(arguments.model);
  if (!found) return found.error();
  std::vector<size_t> threads = arguments.threads;
  if (threads.empty()) threads = {platform::usable_cpus()};
  platform::ThreadPool loaders(platform::usable_cpus());
  const kernels::Table& table = kernels::table();
  const size_t n_ctx =
      arguments.plan.depth + std::max(arguments.plan.prefill_tokens, arguments.plan.decode_tokens);
  const auto model = model::load_model(
      found->path, {.n_ctx = n_ctx, .quantized_cache = arguments.kv_cache == "q8_0"}, table, loaders);
  if (!model) return model.error();
  std::error_code ignored;
  const Subject subject = {arguments.model, std::string(table.isa),
                           std::filesystem::file_size(found->path, ignored)};
  if (!arguments.prompt.empty()) return bench_answer(arguments, subject, *model, threads);
  if (const auto checked = check_plan(arguments.plan, (*model)->config.n_ctx_train); !checked)
    return checked.error();
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  if (!arguments.json) print_header(subject, arguments.plan);
  for (const size_t n_threads : threads) {
    const Result<BenchResult> result = run_bench(**model, table, arguments.plan, n_threads);
    if (!result) return result.error();
    if (arguments.json) all.push_back(to_json(subject, arguments.plan, *result));
    if (!arguments.json) print_row(subject, *result);
  }
  if (arguments.json) std::printf("%s\n", all.dump(2).c_str());
  return {};
}

}  // namespace

void add_bench_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("bench", "Measure a model's speed on this machine");
  const auto arguments = std::make_shared<BenchArguments>();
  BenchPlan& plan = arguments->plan;
  const auto positive = CLI::Range(size_t{1}, size_t{1} << 20U);
  command->add_option("MODEL", arguments->model, "a name of the store, or a GGUF file")->required();
  command->add_option("-p", plan.prefill_tokens, "tokens of prefill")->check(positive)->capture_default_str();
  command->add_option("-n", plan.decode_tokens, "tokens of decode")->check(positive)->capture_default_str();
  command->add_option("-t,--threads", arguments->threads, "thread counts, e.g. 1,2; default: one per core")
      ->delimiter(',')
      ->check(CLI::Range(size_t{1}, size_t{256}));
  command->add_option("--conversations", plan.conversations, "decoded at once, each -n tokens")
      ->check(CLI::Range(size_t{1}, size_t{64}))
      ->capture_default_str();
  command->add_option("--depth", plan.depth, "tokens in the cache beforehand")->capture_default_str();
  command->add_option("-r,--repeats", plan.repeats, "runs of each")
      ->check(CLI::Range(size_t{1}, size_t{1000}))
      ->capture_default_str();
  command->add_option("--kv-cache", arguments->kv_cache, "type of the cache; default: f16")
      ->check(CLI::IsMember({"f16", "q8_0"}));
  command->add_option("--prompt", arguments->prompt,
                      "a file: measure the answer to it, with and without tokens computed ahead");
  command
      ->add_option("--top-k", plan.top_k,
                   "logits a sampler would look at; 0: all. Fewer need less of the head's weights")
      ->check(CLI::Range(size_t{0}, size_t{512}))
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "a JSON list instead of a table");
  command->callback([arguments, &exit_code] {
    const Result<void> done = bench(*arguments);
    exit_code = done ? 0 : report(done.error());
  });
}

}  // namespace samovar::app
