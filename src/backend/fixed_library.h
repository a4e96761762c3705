// The library of a program that answers with models which others keep: nothing can be pulled, made or removed
// through it.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "backend/library.h"

namespace samovar::backend {

class FixedLibrary : public Library {
 public:
  // `keeper`: who keeps the models, for messages.
  explicit FixedLibrary(std::string keeper) : keeper_(std::move(keeper)) {}

  [[nodiscard]] std::shared_ptr<Run> pull(TransferRequest request,
                                          std::shared_ptr<ProgressListener> listener) override;
  [[nodiscard]] std::shared_ptr<Run> push(TransferRequest request,
                                          std::shared_ptr<ProgressListener> listener) override;
  [[nodiscard]] std::shared_ptr<Run> create(CreateRequest request,
                                            std::shared_ptr<ProgressListener> listener) override;
  void copy(std::string source, std::string destination, Callback<void> callback) override;
  void remove(std::string model, Callback<void> callback) override;
  void has_blob(std::string digest, Callback<bool> callback) override;
  void put_blob(std::string digest, std::shared_ptr<http::BodyPipe> body, Callback<bool> callback) override;
  void add_file(std::filesystem::path file, FileProgress progress, Callback<std::string> callback) override;

 private:
  [[nodiscard]] Error refusal() const;

  std::string keeper_;
};

}  // namespace samovar::backend
