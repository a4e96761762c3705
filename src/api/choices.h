// Carries several generations, OpenAI's choices, from a backend to a client as one answer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/answer.h"
#include "backend/backend.h"
#include "http/message.h"
#include "wire/openai_response.h"

namespace samovar::api {

struct Choice {
  backend::Piece all;
  backend::Summary summary;
};

// How a dialect writes them. Called from one thread at a time.
class ChoicesFormat {
 public:
  virtual ~ChoicesFormat() = default;

  // Parts of a stream; `index` is the choice's.
  [[nodiscard]] virtual std::string write_piece(size_t index, const backend::Piece& piece) = 0;
  [[nodiscard]] virtual std::string write_choice_end(size_t index, const backend::Summary& summary) = 0;
  // Behind the last choice.
  [[nodiscard]] virtual std::string write_end(const std::vector<Choice>& choices) = 0;
  [[nodiscard]] virtual std::string write_failure(const Error& error) = 0;

  [[nodiscard]] virtual http::Response make_whole(const std::vector<Choice>& choices) = 0;
  [[nodiscard]] virtual http::Response make_failure(const Error& error) = 0;
};

struct ChoicesTo {
  Caller caller;
  std::shared_ptr<http::ResponseWriter> writer;
  std::unique_ptr<ChoicesFormat> format;
  AnswerFormat::Asked asked = AnswerFormat::Asked::kWhole;
};

// Starts a run for each request. The first that fails ends them all; so does a client that goes away.
void run_choices(const Context& context, std::vector<backend::Request> requests, ChoicesTo to);

// What they cost together: a prompt counts once, however many (`n_per_prompt`) answers it has.
[[nodiscard]] wire::Usage sum_usage(const std::vector<Choice>& choices, size_t n_per_prompt);

// `n` requests that differ in their seeds.
void add_repeated(std::vector<backend::Request>& requests, const backend::Request& request, int64_t n);

}  // namespace samovar::api
