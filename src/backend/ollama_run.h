// Turns the NDJSON of a streamed answer into calls of a backend::Listener.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "backend/backend.h"
#include "http/client.h"

namespace samovar::backend {

// Used on the HTTP client's thread. Whatever the server does, the listener gets exactly one end.
class OllamaRun : public http::ClientListener {
 public:
  // `place`: the server's address, for messages.
  OllamaRun(std::shared_ptr<Listener> listener, std::string place)
      : listener_(std::move(listener)), place_(std::move(place)) {}

  void on_head(int status, const http::Headers& headers) override;
  bool on_body(std::string_view bytes) override;
  void on_end(Result<void> result) override;

 private:
  void take_line(std::string_view line);
  void fail(Error error);

  std::shared_ptr<Listener> listener_;
  std::string place_;
  int status_ = 0;
  std::string buffer_;  // the unfinished line, or the body of an error
  bool ended_ = false;
};

}  // namespace samovar::backend
