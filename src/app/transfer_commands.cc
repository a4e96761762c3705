// `samovar pull` and `samovar push`.
#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "app/commands.h"
#include "app/library_choice.h"
#include "app/progress_display.h"
#include "app/report.h"

namespace samovar::app {
namespace {

using Transfer = std::shared_ptr<backend::Run> (backend::Library::*)(
    backend::TransferRequest, std::shared_ptr<backend::ProgressListener>);

int run_transfer(Transfer transfer, const backend::TransferRequest& request) {
  const auto library = choose_library();
  if (!library) return report(library.error());
  return show_operation([&](std::shared_ptr<backend::ProgressListener> listener) {
    return (**library.*transfer)(request, std::move(listener));
  });
}

void add_transfer_command(CLI::App* command, Transfer transfer, int& exit_code) {
  const auto request = std::make_shared<backend::TransferRequest>();
  command->add_option("MODEL", request->model, "[host/][namespace/]model[:tag]")->required();
  command->add_flag("--insecure", request->insecure,
                    "allow plain HTTP and certificates that cannot be checked");
  command->callback([transfer, request, &exit_code] { exit_code = run_transfer(transfer, *request); });
}

}  // namespace

void add_pull_command(CLI::App& program, int& exit_code) {
  add_transfer_command(program.add_subcommand("pull",
                                              "Put a model of a registry into the store: its name, "
                                              "hf.co/USER/REPO:QUANT, or the https address of a GGUF file"),
                       &backend::Library::pull, exit_code);
}

void add_push_command(CLI::App& program, int& exit_code) {
  add_transfer_command(program.add_subcommand("push", "Send a model to a registry"), &backend::Library::push,
                       exit_code);
}

}  // namespace samovar::app
