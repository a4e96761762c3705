#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "app/commands.h"
#include "app/library_choice.h"
#include "app/progress_display.h"
#include "app/report.h"

namespace samovar::app {
namespace {

int push_model(const backend::TransferRequest& request) {
  const auto library = choose_library();
  if (!library) return report(library.error());
  return show_operation([&](std::shared_ptr<backend::ProgressListener> listener) {
    return (*library)->push(request, std::move(listener));
  });
}

}  // namespace

void add_push_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("push", "Send a model to a registry");
  const auto request = std::make_shared<backend::TransferRequest>();
  command->add_option("MODEL", request->model, "[host/][namespace/]model[:tag]")->required();
  command->add_flag("--insecure", request->insecure,
                    "allow plain HTTP and certificates that cannot be checked");
  command->callback([request, &exit_code] { exit_code = push_model(*request); });
}

}  // namespace samovar::app
