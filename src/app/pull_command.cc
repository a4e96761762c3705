#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "app/commands.h"
#include "app/library_choice.h"
#include "app/progress_display.h"
#include "app/report.h"

namespace samovar::app {
namespace {

int pull_model(const backend::TransferRequest& request) {
  const auto library = choose_library();
  if (!library) return report(library.error());
  return show_operation([&](std::shared_ptr<backend::ProgressListener> listener) {
    return (*library)->pull(request, std::move(listener));
  });
}

}  // namespace

void add_pull_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("pull",
                                             "Put a model of a registry into the store: its name, "
                                             "hf.co/USER/REPO:QUANT, or the https address of a GGUF file");
  const auto request = std::make_shared<backend::TransferRequest>();
  command->add_option("MODEL", request->model, "[host/][namespace/]model[:tag]")->required();
  command->add_flag("--insecure", request->insecure,
                    "allow plain HTTP and certificates that cannot be checked");
  command->callback([request, &exit_code] { exit_code = pull_model(*request); });
}

}  // namespace samovar::app
