#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/backend_choice.h"
#include "app/commands.h"
#include "app/model_card.h"
#include "app/model_details.h"
#include "app/report.h"
#include "app/text_table.h"
#include "app/wait.h"

namespace samovar::app {
namespace {

struct ShowArguments {
  std::string model;
  bool license = false;
  bool modelfile = false;
  bool parameters = false;
  bool system = false;
  bool chat_template = false;
  bool verbose = false;
};

std::string choose_text(const ShowArguments& arguments, const backend::ModelDescription& card) {
  if (arguments.license) return card.license + "\n";
  if (arguments.modelfile) return card.modelfile + "\n";
  if (arguments.parameters) return card.parameters + "\n";
  if (arguments.system) return card.system;
  if (arguments.chat_template) return card.chat_template;
  return format_model_card(card) + (arguments.verbose ? format_model_details(card) : "");
}

int show_model(const ShowArguments& arguments) {
  const auto backend = choose_backend(Preference::kStoreUnlessTold);
  if (!backend) return report(backend.error());
  const auto card = wait_for<backend::ModelDescription>(
      [&](auto callback) { (*backend)->describe(arguments.model, arguments.verbose, std::move(callback)); });
  if (!card) return report(card.error());
  std::fputs(choose_text(arguments, *card).c_str(), stdout);
  return 0;
}

}  // namespace

void add_show_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("show", "Show what is known of a model");
  const auto arguments = std::make_shared<ShowArguments>();
  command->add_option("MODEL", arguments->model, "its name")->required();
  CLI::Option_group* part = command->add_option_group("part", "only one part of it");
  part->add_flag("--license", arguments->license, "its license");
  part->add_flag("--modelfile", arguments->modelfile, "its Modelfile");
  part->add_flag("--parameters", arguments->parameters, "its default parameters");
  part->add_flag("--system", arguments->system, "its system message");
  part->add_flag("--template", arguments->chat_template, "its prompt template");
  part->require_option(0, 1);
  command->add_flag("-v,--verbose", arguments->verbose, "the file's metadata and tensors too");
  command->callback([arguments, &exit_code] { exit_code = show_model(*arguments); });
}

}  // namespace samovar::app
