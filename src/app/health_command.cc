// `samovar health`: the health check of a container, which has no curl.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <future>
#include <memory>
#include <string>

#include "app/commands.h"
#include "app/report.h"
#include "http/client.h"

namespace samovar::app {
namespace {

struct Answer {
  int status = 0;
  std::string body;
};

class HealthListener : public http::ClientListener {
 public:
  void on_head(int status, const http::Headers&) override { answer_.status = status; }
  bool on_body(std::string_view bytes) override {
    constexpr size_t kEnough = 4096;
    answer_.body += bytes.substr(0, kEnough);
    return answer_.body.size() <= kEnough;
  }
  void on_end(Result<void> result) override {
    end_.set_value(result ? Result<Answer>(std::move(answer_)) : Result<Answer>(result.error()));
  }
  Result<Answer> wait() { return end_.get_future().get(); }

 private:
  Answer answer_;
  std::promise<Result<Answer>> end_;
};

int check_health(const std::string& url, int64_t timeout_ms) {
  http::Client client;
  const auto listener = std::make_shared<HealthListener>();
  http::ClientRequest request;
  request.url = url;
  request.connect_timeout_ms = request.deadline_ms = timeout_ms;
  const auto call = client.start(std::move(request), listener);
  const Result<Answer> answer = listener->wait();
  if (!answer) return report(answer.error());
  std::fputs(answer->body.c_str(), stdout);
  if (answer->body.empty() || answer->body.back() != '\n') std::fputs("\n", stdout);
  return answer->status == 200 ? 0 : 1;
}

}  // namespace

void add_health_command(CLI::App& program, int& exit_code) {
  CLI::App* command =
      program.add_subcommand("health", "Ask a running server whether it is ready; exit code 0: it is");
  const auto url = std::make_shared<std::string>("http://127.0.0.1:8000/readyz");
  const auto timeout_ms = std::make_shared<int64_t>(5'000);
  command->add_option("URL", *url, "what to ask")->capture_default_str();
  command->add_option("--timeout-ms", *timeout_ms, "how long to wait for the answer")->capture_default_str();
  command->callback([url, timeout_ms, &exit_code] { exit_code = check_health(*url, *timeout_ms); });
}

}  // namespace samovar::app
