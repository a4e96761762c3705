// One libcurl transfer of http/client.cc, on its thread only.
#pragma once

#include <curl/curl.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "http/client.h"

namespace samovar::http {

class ClientTransfer {
 public:
  ClientTransfer(ClientRequest request, std::shared_ptr<ClientListener> listener);
  ~ClientTransfer();
  ClientTransfer(const ClientTransfer&) = delete;
  ClientTransfer& operator=(const ClientTransfer&) = delete;

  // The easy handle, set up; null when libcurl gives none.
  [[nodiscard]] CURL* handle() const { return handle_; }

  // Tells the listener the end, as libcurl's code says it. Call it once.
  void end(CURLcode code);

  void cancel() { cancelled_ = true; }

  // Milliseconds until its answer counts as stalled; at most 0: it does; nothing: no limit holds now.
  [[nodiscard]] std::optional<int64_t> until_stalled(std::chrono::steady_clock::time_point now) const;
  [[nodiscard]] bool cancelled() const { return cancelled_; }

 private:
  void set_up();
  void set_up_body();
  void set_up_file();
  void tell_head();
  [[nodiscard]] Error explain(CURLcode code) const;
  [[nodiscard]] Error explain_timeout() const;
  [[nodiscard]] bool is_connected() const;
  static size_t take_header(char* bytes, size_t size, size_t count, void* self);
  static size_t give_body(char* bytes, size_t size, size_t count, void* self);
  static int rewind_body(void* self, curl_off_t offset, int origin);
  static size_t take_body(char* bytes, size_t size, size_t count, void* self);

  ClientRequest request_;
  std::shared_ptr<ClientListener> listener_;
  std::string origin_;
  std::ifstream file_;                  // of request_.file
  int64_t sent_bytes_ = 0;              // of it
  CURL* handle_ = nullptr;              // owned
  curl_slist* sent_headers_ = nullptr;  // owned
  Headers headers_;                     // of the answer
  bool told_head_ = false;
  std::chrono::steady_clock::time_point last_bytes_;  // of the body; means something once told_head_
  std::atomic<bool> cancelled_{false};
};

}  // namespace samovar::http
