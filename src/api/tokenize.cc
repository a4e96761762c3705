// POST /api/tokenize, POST /api/detokenize
#include "wire/tokenize.h"

#include <utility>

#include "api/endpoints.h"
#include "api/errors.h"
#include "api/model_check.h"
#include "catalog/name.h"

namespace samovar::api {
namespace {

using Writer = std::shared_ptr<http::ResponseWriter>;

wire::TokenizeAnswer to_answer(const std::string& model, backend::Tokens tokens) {
  return {.model = model,
          .ids = std::move(tokens.ids),
          .pieces = std::move(tokens.pieces),
          .total_ns = tokens.total_ns,
          .load_ns = tokens.load_ns};
}

void fail_tokens(const Writer& writer, const Error& error, const std::string& model) {
  writer->send(make_ollama_error(name_missing_model(error, model), Origin::kRequest));
}

template <typename Request>
Result<Request> check_name(Result<Request> parsed) {
  if (parsed && !catalog::parse_name(parsed->model))
    return Error{Code::kInvalidArgument, "invalid model name"};
  return parsed;
}

void handle_tokenize(const Context& context, const http::Request& request, const Writer& writer) {
  auto parsed = check_name(wire::parse_tokenize_request(request.body));
  if (!parsed) return writer->send(make_ollama_error(parsed.error(), Origin::kRequest));
  const std::string model = parsed->model;
  const bool with_pieces = parsed->with_pieces;
  context->backend->tokenize({.model = model,
                              .content = std::move(parsed->content),
                              .add_special = parsed->add_special,
                              .parse_special = parsed->parse_special,
                              .keep_alive_ns = parsed->keep_alive_ns},
                             [writer, model, with_pieces](Result<backend::Tokens> found) {
                               if (!found) return fail_tokens(writer, found.error(), model);
                               wire::TokenizeAnswer answer = to_answer(model, *std::move(found));
                               answer.with_pieces = with_pieces;
                               writer->send(make_ollama_json(wire::encode_tokenize(answer)));
                             });
}

void handle_detokenize(const Context& context, const http::Request& request, const Writer& writer) {
  auto parsed = check_name(wire::parse_detokenize_request(request.body));
  if (!parsed) return writer->send(make_ollama_error(parsed.error(), Origin::kRequest));
  const std::string model = parsed->model;
  context->backend->detokenize(
      {.model = model, .tokens = std::move(parsed->tokens), .keep_alive_ns = parsed->keep_alive_ns},
      [writer, model](Result<backend::Tokens> found) {
        if (!found) return fail_tokens(writer, found.error(), model);
        writer->send(make_ollama_json(wire::encode_detokenize(to_answer(model, *std::move(found)))));
      });
}

}  // namespace

void add_tokenize(http::Router& router, const Context& context) {
  router.add("POST", "/api/tokenize", [context](const http::Request& request, const Writer& writer) {
    handle_tokenize(context, request, writer);
  });
  router.add("POST", "/api/detokenize", [context](const http::Request& request, const Writer& writer) {
    handle_detokenize(context, request, writer);
  });
}

}  // namespace samovar::api
