#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/commands.h"
#include "app/library_choice.h"
#include "app/report.h"
#include "app/wait.h"

namespace samovar::app {
namespace {

int remove_models(const std::vector<std::string>& models) {
  const auto library = choose_library();
  if (!library) return report(library.error());
  for (const std::string& model : models) {
    const Result<void> removed =
        wait_for<void>([&](auto callback) { (*library)->remove(model, std::move(callback)); });
    if (!removed) return report(removed.error());
    std::printf("deleted '%s'\n", model.c_str());
  }
  return 0;
}

}  // namespace

void add_rm_command(CLI::App& program, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("rm", "Remove models, and of their files what no other model uses");
  const auto models = std::make_shared<std::vector<std::string>>();
  command->add_option("MODEL", *models, "their names")->required();
  command->callback([models, &exit_code] { exit_code = remove_models(*models); });
}

}  // namespace samovar::app
