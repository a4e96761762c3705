#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "app/commands.h"
#include "app/human.h"
#include "app/model_file.h"
#include "app/report.h"
#include "gguf/file.h"
#include "quantize/convert.h"

namespace samovar::app {
namespace {

struct QuantizeArguments {
  std::string source;
  std::string target;
  std::string type;
  bool allow_requantize = false;
  bool force = false;
  size_t threads = 0;
};

bool show_quantizing(const quantize::Progress& progress) {
  std::fprintf(stderr, "\rtensor %zu of %zu, %s of %s\033[K", progress.tensor + 1, progress.n_tensors,
               human_bytes(progress.done_bytes).c_str(), human_bytes(progress.total_bytes).c_str());
  return true;
}

void print_outcome(const QuantizeArguments& arguments, const quantize::Outcome& outcome, double seconds) {
  std::printf("%s: %s, %s before, in %.0f s; tensors:", arguments.target.c_str(),
              human_bytes(outcome.bytes).c_str(), human_bytes(outcome.source_bytes).c_str(), seconds);
  const char* before = " ";
  for (const auto& [type, n] : outcome.tensors) {
    std::printf("%s%zu %s", before, n, type.c_str());
    before = ", ";
  }
  std::printf("\n");
}

int quantize_model(const QuantizeArguments& arguments) {
  const auto type = quantize::find_file_type(arguments.type);
  if (!type) {
    return report({Code::kInvalidArgument,
                   "unknown type '" + arguments.type + "'; there are " + quantize::list_file_types()});
  }
  std::error_code ignored;
  if (!arguments.force && std::filesystem::exists(arguments.target, ignored)) {
    return report({Code::kInvalidArgument, arguments.target + " is there already (--force replaces it)"});
  }
  const Result<ModelFile> found = find_model_file(arguments.source);
  if (!found) return report(found.error());
  const auto source = gguf::File::open(found->path);
  if (!source) return report(source.error());
  const bool on_terminal = isatty(STDERR_FILENO) == 1;
  const auto tell = [on_terminal](const quantize::Progress& progress) {
    return !on_terminal || show_quantizing(progress);
  };
  platform::ThreadPool pool(
      arguments.threads != 0 ? arguments.threads : std::max<size_t>(1, std::thread::hardware_concurrency()));
  const auto begun = std::chrono::steady_clock::now();
  const auto outcome = quantize::convert_file(
      **source, arguments.target,
      {*type, arguments.allow_requantize ? quantize::Requantize::kAllow : quantize::Requantize::kRefuse},
      pool, tell);
  if (on_terminal) std::fputs("\r\033[K", stderr);
  if (!outcome) {
    Error error = outcome.error();
    if (error.message.ends_with(" already")) {
      error.message +=
          ": what was lost stays lost, so quantise from F16 or F32 (--allow-requantize does it anyway)";
    }
    return report(error);
  }
  print_outcome(arguments, *outcome,
                std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  return 0;
}

}  // namespace

void add_quantize_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("quantize", "Make a smaller GGUF file of another one");
  const auto arguments = std::make_shared<QuantizeArguments>();
  command->add_option("IN", arguments->source, "a GGUF file (F32, F16 or BF16), or a model's name")
      ->required();
  command->add_option("OUT", arguments->target, "the file to write")->required();
  command->add_option("TYPE", arguments->type, quantize::list_file_types())->required();
  command->add_flag("--allow-requantize", arguments->allow_requantize,
                    "also from a quantised file, which loses more");
  command->add_flag("-f,--force", arguments->force, "replace OUT when it exists");
  command->add_option("--threads", arguments->threads, "computing threads; default: one per core");
  command->callback([arguments, &exit_code] { exit_code = quantize_model(*arguments); });
}

}  // namespace samovar::app
