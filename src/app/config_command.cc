#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "app/commands.h"
#include "app/report.h"
#include "app/setup_choice.h"

namespace samovar::app {
namespace {

int check_config(const std::string& named) {
  const std::filesystem::path file = named.empty() ? setup_file() : std::filesystem::path(named);
  if (file.empty()) {
    std::puts("there is no samovar.toml here, and SAMOVAR_CONFIG names none: the page has its own defaults");
    return 0;
  }
  const Result<ChosenSetup> chosen = load_setup(file);
  if (!chosen) return report(chosen.error());
  const chat::Setup& setup = chosen->setup;
  std::printf("%s is right: %zu profile(s), %zu starter(s), %zu link(s), %zu command(s)\n", file.c_str(),
              setup.profiles.size(), setup.starters.size(), setup.links.size(), setup.commands.size());
  return 0;
}

}  // namespace

void add_config_command(CLI::App& program, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("config", "Look after the page's set-up, samovar.toml (docs/configuration.md)");
  command->require_subcommand(1);
  CLI::App* check = command->add_subcommand(
      "check", "Say whether the set-up is right, or name line and key of the first mistake");
  const auto file = std::make_shared<std::string>();
  check->add_option("FILE", *file, "default: SAMOVAR_CONFIG, else samovar.toml here");
  check->callback([file, &exit_code] { exit_code = check_config(*file); });
}

}  // namespace samovar::app
