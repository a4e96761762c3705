// Carries one generation from a backend to a client: as a stream, or gathered into one answer.
#pragma once

#include <memory>
#include <string>

#include "api/caller.h"
#include "api/endpoints.h"
#include "backend/backend.h"
#include "http/message.h"

namespace samovar::api {

// How a dialect writes a generation. Called from one thread at a time.
class AnswerFormat {
 public:
  virtual ~AnswerFormat() = default;

  // Parts of a stream, complete with their line ends.
  [[nodiscard]] virtual std::string stream_type() const = 0;  // Content-Type
  [[nodiscard]] virtual std::string write_piece(const backend::Piece& piece) = 0;
  [[nodiscard]] virtual std::string write_end(const backend::Summary& summary) = 0;
  [[nodiscard]] virtual std::string write_failure(const Error& error) = 0;

  // The whole at once; a failure also when a stream was asked for and nothing had been sent yet.
  [[nodiscard]] virtual http::Response make_whole(const backend::Piece& all,
                                                  const backend::Summary& summary) = 0;
  enum class Asked { kWhole, kStream };
  [[nodiscard]] virtual http::Response make_failure(const Error& error, Asked asked) = 0;
};

struct AnswerTo {
  Caller caller;
  std::shared_ptr<http::ResponseWriter> writer;
  std::unique_ptr<AnswerFormat> format;
  AnswerFormat::Asked asked = AnswerFormat::Asked::kStream;
};

// Starts the run and lets a client that goes away cancel it.
void run_generation(const Context& context, backend::Request request, AnswerTo to);

}  // namespace samovar::api
