#include <CLI/CLI.hpp>
#include <future>
#include <memory>

#include "app/backend_choice.h"
#include "app/commands.h"
#include "app/report.h"

namespace samovar::app {
namespace {

// Learns only how a run ended.
class EndListener : public backend::Listener {
 public:
  void on_piece(backend::Piece) override {}
  void on_done(backend::Summary) override { end_.set_value({}); }
  void on_failed(Error error) override { end_.set_value(std::move(error)); }
  Result<void> wait() { return end_.get_future().get(); }

 private:
  std::promise<Result<void>> end_;
};

int stop_model(const std::string& model) {
  const auto backend = choose_backend(Preference::kServerOnly);
  if (!backend) return report(backend.error());
  backend::Request request;
  request.kind = backend::Request::Kind::kGenerate;
  request.model = model;
  request.keep_alive_ns = 0;
  const auto listener = std::make_shared<EndListener>();
  const auto run = (*backend)->generate(std::move(request), listener);
  const Result<void> ended = listener->wait();
  if (ended) return 0;
  if (ended.error().code != Code::kNotFound) return report(ended.error());
  return report({Code::kNotFound, "couldn't find model \"" + model + "\" to stop"});
}

}  // namespace

void add_stop_command(CLI::App& program, int& exit_code) {
  CLI::App* command = program.add_subcommand("stop", "Take a model out of a running server's memory");
  const auto model = std::make_shared<std::string>();
  command->add_option("MODEL", *model, "its name")->required();
  command->callback([model, &exit_code] { exit_code = stop_model(*model); });
}

}  // namespace samovar::app
