#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/commands.h"
#include "app/library_choice.h"
#include "app/report.h"
#include "app/wait.h"

namespace samovar::app {
namespace {

int copy_model(const std::string& source, const std::string& destination) {
  const auto library = choose_library();
  if (!library) return report(library.error());
  const Result<void> copied =
      wait_for<void>([&](auto callback) { (*library)->copy(source, destination, std::move(callback)); });
  if (!copied) return report(copied.error());
  std::printf("copied '%s' to '%s'\n", source.c_str(), destination.c_str());
  return 0;
}

}  // namespace

void add_cp_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("cp", "Give a model a second name");
  const auto names = std::make_shared<std::pair<std::string, std::string>>();
  command->add_option("SOURCE", names->first, "its name")->required();
  command->add_option("DESTINATION", names->second, "its name to be")->required();
  command->callback([names, &exit_code] { exit_code = copy_model(names->first, names->second); });
}

}  // namespace samovar::app
