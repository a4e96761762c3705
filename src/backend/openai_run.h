// Turns the server-sent events of a streamed answer into calls of a backend::Listener.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "backend/openai_wire.h"
#include "backend/sse_reader.h"
#include "http/client.h"

namespace samovar::backend {

// Used on the HTTP client's thread. Whatever the server does, the listener gets exactly one end. A server
// that answers in one piece although it was asked for a stream is understood too.
class OpenAiRun : public http::ClientListener {
 public:
  // `place`: the server's address, for messages.
  OpenAiRun(std::shared_ptr<Listener> listener, std::string place);

  void on_head(int status, const http::Headers& headers) override;
  bool on_body(std::string_view bytes) override;
  void on_end(Result<void> result) override;

 private:
  using Clock = std::chrono::steady_clock;

  bool take_event(std::string_view data);  // false: the answer has ended
  void take_chunk(OpenAiChunk chunk);
  void take_tools(std::vector<OpenAiToolPart> parts);
  void give(Piece piece);
  void give_tools();
  void finish();
  void fail(Error error);

  std::shared_ptr<Listener> listener_;
  std::string place_;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point first_piece_;  // means something when n_pieces_ > 0
  int64_t n_pieces_ = 0;
  int status_ = 0;
  bool streamed_ = false;
  std::string body_;  // of an error, or of an answer in one piece
  SseReader events_;
  std::vector<OpenAiToolPart> tools_;  // by index, as far as they have come
  std::string finish_reason_;
  std::optional<OpenAiUsage> usage_;
  bool ended_ = false;
  bool failed_ = false;  // by what it sent: no more of it is wanted
};

}  // namespace samovar::backend
