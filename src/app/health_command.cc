// `samovar health`: the health check of a container, which has no curl.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <future>
#include <memory>
#include <string>

#include "app/commands.h"
#include "app/environment.h"
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

struct HealthOptions {
  std::string url;  // "": the server that this machine's configuration describes
  int64_t timeout_ms = 5'000;
  bool insecure = false;
};

int check_health(HealthOptions options) {
  if (options.url.empty()) {
    const bool is_secure = !environment("SAMOVAR_TLS_CERT").empty();
    const std::string port = environment("SAMOVAR_PORT");
    options.url =
        (is_secure ? "https://127.0.0.1:" : "http://127.0.0.1:") + (port.empty() ? "8000" : port) + "/readyz";
    options.insecure = true;  // the certificate names the server as the world knows it, not 127.0.0.1
  }
  http::Client client;
  const auto listener = std::make_shared<HealthListener>();
  http::ClientRequest request;
  request.url = options.url;
  request.verify_tls = !options.insecure;
  request.connect_timeout_ms = request.deadline_ms = options.timeout_ms;
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
  const auto options = std::make_shared<HealthOptions>();
  command->add_option("URL", options->url, "what to ask; default: /readyz of the server configured here");
  command->add_option("--timeout-ms", options->timeout_ms, "how long to wait for the answer")
      ->capture_default_str();
  command->add_flag("--insecure", options->insecure, "take any certificate");
  command->callback([options, &exit_code] { exit_code = check_health(*options); });
}

}  // namespace samovar::app
