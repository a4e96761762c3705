#include "backend/fixed_library.h"

namespace samovar::backend {
namespace {

class RefusedTransfer : public Run {
 public:
  void cancel() override {}
};

}  // namespace

Error FixedLibrary::refusal() const {
  return {Code::kUnsupported, "the models are kept by " + keeper_ + ": change them there"};
}

std::shared_ptr<Run> FixedLibrary::pull(TransferRequest, std::shared_ptr<ProgressListener> listener) {
  listener->on_end(refusal());
  return std::make_shared<RefusedTransfer>();
}

std::shared_ptr<Run> FixedLibrary::push(TransferRequest, std::shared_ptr<ProgressListener> listener) {
  listener->on_end(refusal());
  return std::make_shared<RefusedTransfer>();
}

std::shared_ptr<Run> FixedLibrary::create(CreateRequest, std::shared_ptr<ProgressListener> listener) {
  listener->on_end(refusal());
  return std::make_shared<RefusedTransfer>();
}

void FixedLibrary::copy(std::string, std::string, Callback<void> callback) { callback(refusal()); }

void FixedLibrary::remove(std::string, Callback<void> callback) { callback(refusal()); }

void FixedLibrary::has_blob(std::string, Callback<bool> callback) { callback(refusal()); }

void FixedLibrary::put_blob(std::string, std::shared_ptr<http::BodyPipe> body, Callback<bool> callback) {
  body->close();
  callback(refusal());
}

void FixedLibrary::add_file(std::filesystem::path, FileProgress, Callback<std::string> callback) {
  callback(refusal());
}

}  // namespace samovar::backend
