// The library that is this machine's own store (catalog/store.h) and that speaks to registries
// (registry/transfer.h). Every operation has a thread of its own.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "backend/library.h"
#include "catalog/store.h"
#include "http/client.h"
#include "quantize/plan.h"
#include "registry/download.h"
#include "registry/stop.h"
#include "registry/transfer.h"

namespace samovar::backend {

class LocalLibrary : public Library {
 public:
  explicit LocalLibrary(std::filesystem::path root, const registry::DownloadOptions& options = {});
  // Cancels what is under way and waits for its end.
  ~LocalLibrary() override;

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
  class Job;
  using Work = std::function<Result<void>(Job&)>;
  void spawn(std::function<void()> work);
  std::shared_ptr<Run> start(std::shared_ptr<ProgressListener> listener, Work work);
  [[nodiscard]] Result<void> run_pull(Job& job, const TransferRequest& request);
  [[nodiscard]] Result<void> run_push(Job& job, const TransferRequest& request);
  [[nodiscard]] Result<void> run_create(Job& job, const CreateRequest& request);
  // Writes the GGUF file as another type into the store; the hex digest of the new blob.
  [[nodiscard]] Result<std::string> run_quantize(Job& job, const std::filesystem::path& gguf,
                                                 const quantize::FileType& type);
  [[nodiscard]] Result<bool> take_blob(const std::string& digest, http::BodyPipe& body);

  catalog::Store store_;
  const registry::DownloadOptions options_;
  http::Client client_;
  std::mutex mutex_;  // guards everything below
  std::condition_variable none_running_;
  size_t n_running_ = 0;
  bool closing_ = false;
  std::vector<std::weak_ptr<Job>> jobs_;
};

}  // namespace samovar::backend
