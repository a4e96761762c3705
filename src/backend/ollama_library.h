// The library of another server, over Ollama's API.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "backend/library.h"
#include "http/client.h"

namespace samovar::backend {

class OllamaLibrary : public Library {
 public:
  // `address` as OLLAMA_HOST has it (ollama_address.h), whose errors it gives.
  [[nodiscard]] static Result<std::shared_ptr<Library>> make(std::string_view address,
                                                             std::string api_key = {});
  ~OllamaLibrary() override;

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
  OllamaLibrary(std::string base_url, std::string api_key)
      : base_url_(std::move(base_url)), api_key_(std::move(api_key)) {}

  std::shared_ptr<http::ClientCall> send(http::ClientRequest request,
                                         std::shared_ptr<http::ClientListener> listener);

  using Answer = std::function<void(int status, std::string body)>;
  std::shared_ptr<Run> stream(const std::string& path, std::string body,
                              std::shared_ptr<ProgressListener> listener);
  // `take` gets a whole answer, whatever its status; `fail` anything else.
  void ask(http::ClientRequest request, Answer take, std::function<void(Error)> fail);
  // A request whose answer says only whether it was done.
  void order(http::ClientRequest request, Callback<void> callback);
  void upload(std::filesystem::path file, const std::string& digest, FileProgress progress,
              Callback<std::string> callback);

  std::string base_url_;
  std::string api_key_;  // may be empty
  std::shared_ptr<http::Client> http_ = std::make_shared<http::Client>();
  std::mutex mutex_;                   // guards hashers_
  std::vector<std::jthread> hashers_;  // of add_file(); they use http_, so they end before it
};

}  // namespace samovar::backend
