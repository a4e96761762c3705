#include "api/progress_answer.h"

#include <utility>

#include "api/errors.h"
#include "wire/ollama_response.h"
#include "wire/store_request.h"

namespace samovar::api {
namespace {

class ProgressAnswer : public backend::ProgressListener {
 public:
  ProgressAnswer(std::shared_ptr<http::ResponseWriter> writer, Steps steps)
      : writer_(std::move(writer)), steps_(steps) {}

  void on_progress(backend::Progress progress) override {
    if (!std::exchange(began_, true) && steps_ == Steps::kStream) {
      writer_->start(200, {{"Content-Type", "application/x-ndjson"}});
    }
    if (steps_ != Steps::kStream) return;
    writer_->write(wire::encode_progress({.status = std::move(progress.status),
                                          .digest = std::move(progress.digest),
                                          .total_bytes = progress.total_bytes,
                                          .completed_bytes = progress.completed_bytes}) +
                   "\n");
  }

  void on_end(Result<void> result) override {
    if (!result) return fail(result.error());
    if (steps_ == Steps::kStream && began_) return writer_->finish();
    writer_->send({.status = 200,
                   .headers = {{"Content-Type", "application/json"}},
                   .body = wire::encode_progress({.status = "success"})});
  }

 private:
  void fail(const Error& error) {
    if (!began_) return writer_->send(make_ollama_error(error, Origin::kRun));
    if (steps_ != Steps::kStream) return writer_->send(make_ollama_error(500, error.message, Origin::kRun));
    writer_->write(wire::encode_error(error.message) + "\n");
    writer_->finish();
  }

  std::shared_ptr<http::ResponseWriter> writer_;
  const Steps steps_;
  bool began_ = false;
};

}  // namespace

void run_operation(
    const std::shared_ptr<http::ResponseWriter>& writer, Steps steps,
    const std::function<std::shared_ptr<backend::Run>(std::shared_ptr<backend::ProgressListener>)>& begin) {
  const std::shared_ptr<backend::Run> run = begin(std::make_shared<ProgressAnswer>(writer, steps));
  writer->on_disconnect([run] { run->cancel(); });
}

}  // namespace samovar::api
