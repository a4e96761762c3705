// The port to whatever keeps the models: the store on this machine's disk, or a server that keeps its own.
// All calls return at once; callbacks come on a thread of the library's (or on the calling one, before the
// call returns). Thread-safe. Errors are sentences for people, in Ollama's words where it has some.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "http/body_pipe.h"

namespace samovar::backend {

struct Progress {
  std::string status;       // "pulling 84d3ef4011a7", "writing manifest"
  std::string digest;       // "sha256:...", or empty
  int64_t total_bytes = 0;  // 0: not told
  int64_t completed_bytes = 0;
};

// Receives one long operation. One call at a time; on_end comes last and exactly once.
class ProgressListener {
 public:
  virtual ~ProgressListener() = default;
  virtual void on_progress(Progress progress) = 0;
  virtual void on_end(Result<void> result) = 0;
};

struct TransferRequest {
  std::string model;      // "gemma2:2b", "hf.co/user/repo:Q4_0", "https://host/file.gguf"
  bool insecure = false;  // plain HTTP, and certificates that cannot be checked
};

struct CreateRequest {  // catalog::CreateRequest with names as people wrote them
  std::string model;
  std::string from;
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> adapters;
  std::string template_text;
  std::string system;
  std::vector<std::string> licenses;
  std::string params_json;
  std::string messages_json;
  std::string quantize;
};

class Library {
 public:
  virtual ~Library() = default;

  // Run::cancel() ends them; on_end(kCancelled) follows. What was downloaded stays for the next attempt.
  [[nodiscard]] virtual std::shared_ptr<Run> pull(TransferRequest request,
                                                  std::shared_ptr<ProgressListener> listener) = 0;
  [[nodiscard]] virtual std::shared_ptr<Run> push(TransferRequest request,
                                                  std::shared_ptr<ProgressListener> listener) = 0;
  // Pulls `from` first when it is not there.
  [[nodiscard]] virtual std::shared_ptr<Run> create(CreateRequest request,
                                                    std::shared_ptr<ProgressListener> listener) = 0;

  virtual void copy(std::string source, std::string destination, Callback<void> callback) = 0;
  virtual void remove(std::string model, Callback<void> callback) = 0;

  // `digest` is "sha256:<hex>". kInvalidArgument: "invalid digest format".
  virtual void has_blob(std::string digest, Callback<bool> callback) = 0;
  // True: it is new, false: it was there already (and the body is not read).
  virtual void put_blob(std::string digest, std::shared_ptr<http::BodyPipe> body,
                        Callback<bool> callback) = 0;

  // Makes a file of this machine a blob; gives its digest. Without copying it where that can be helped.
  using FileProgress = std::function<void(int64_t done_bytes, int64_t total_bytes)>;
  virtual void add_file(std::filesystem::path file, FileProgress progress,
                        Callback<std::string> callback) = 0;
};

}  // namespace samovar::backend
