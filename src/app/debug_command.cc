#include "app/debug_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/commands.h"
#include "app/report.h"
#include "app/serve.h"

namespace samovar::app {

namespace {

int print_routes() {
  const auto routes = list_routes();
  if (!routes) return report(routes.error());
  for (const auto& [method, path] : *routes) std::printf("%s %s\n", method.c_str(), path.c_str());
  return 0;
}

}  // namespace

void add_debug_command(CLI::App& program, int& exit_code) {
  CLI::App* debug = program.add_subcommand("debug", "For engineers: tokens, logits and prompts of a model");
  debug->require_subcommand(1);
  const auto arguments = std::make_shared<DebugArguments>();
  const auto add = [&](const char* name, const char* help, int (*run)(const DebugArguments&)) {
    CLI::App* command = debug->add_subcommand(name, help);
    command->add_option("MODEL", arguments->model, "a name of the store, or a GGUF file")->required();
    command->callback([arguments, run, &exit_code] { exit_code = run(*arguments); });
    return command;
  };

  debug->add_subcommand("routes", "What the page's port serves: a method and a path to a line")
      ->callback([&exit_code] { exit_code = print_routes(); });

  CLI::App* tokenize =
      add("tokenize", "JSON array of strings -> JSON array of arrays of token ids, no BOS", debug_tokenize);
  tokenize->add_flag("--special", arguments->special, "the spelling of a control token becomes that token");
  tokenize->add_option("--json", arguments->file, "the input; - is standard input")->required();

  CLI::App* logits =
      add("logits", "JSON array of token ids -> float32 [tokens, vocabulary] as .npy", debug_logits);
  logits->add_option("--ids", arguments->file, "the input; - is standard input")->required();
  logits->add_option("--out", arguments->out, "the .npy file to write")->required();
  logits->add_option("--batch", arguments->batch, "tokens of one pass; 1 goes through the decode path")
      ->check(CLI::Range(size_t{1}, size_t{4096}))
      ->capture_default_str();
  logits->add_option("--threads", arguments->threads, "computing threads; default: one per core");
  logits->add_option("--kv-cache", arguments->kv_cache, "type of the cache")
      ->check(CLI::IsMember({"f16", "q8_0"}));
  logits
      ->add_option("--top-k", arguments->top_k,
                   "the largest that are needed, others may be -inf; says how many were computed. 0: all")
      ->check(CLI::Range(size_t{0}, size_t{512}))
      ->capture_default_str();

  CLI::App* chat_template =
      add("template", "JSON array of chat messages -> the prompt's text", debug_template);
  chat_template->add_option("--json", arguments->file, "the input; - is standard input")->required();
}

}  // namespace samovar::app
