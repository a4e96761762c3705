// POST /api/embed, POST /api/embeddings, POST /v1/embeddings
#include "wire/embed.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "api/caller.h"
#include "api/endpoints.h"
#include "api/errors.h"
#include "catalog/name.h"
#include "wire/json_writer.h"

namespace samovar::api {
namespace {

// The first `n` figures (0: all), of length 1.
void cut_and_normalise(std::vector<float>& vector, int64_t n) {
  if (n > 0 && static_cast<size_t>(n) < vector.size()) vector.resize(static_cast<size_t>(n));
  double sum = 0.0;
  for (const float value : vector) sum += static_cast<double>(value) * static_cast<double>(value);
  if (sum <= 0.0) return;
  const auto scale = static_cast<float>(1.0 / std::sqrt(sum));
  for (float& value : vector) value *= scale;
}

backend::EmbedRequest to_embed_request(const wire::EmbedRequest& request, const Caller& caller) {
  backend::EmbedRequest out;
  out.client = caller.client;
  out.user = caller.user;
  out.deadline_ms = caller.deadline_ms;
  out.model = request.model;
  out.texts = request.texts;
  out.truncate = request.truncate;
  out.num_ctx = request.options.options.num_ctx;
  out.keep_alive_ns = request.keep_alive_ns;
  return out;
}

// Ollama has other words for a missing model here than elsewhere.
Error name_missing_embed_model(Error error, const std::string& model) {
  if (error.code == Code::kNotFound) {
    error.message = model.empty() ? "model '' not found"
                                  : "model " + wire::quote_go(model) + " not found, try pulling it first";
  }
  return error;
}

Result<wire::EmbedRequest> check_embed(Result<wire::EmbedRequest> parsed) {
  if (!parsed) return parsed;
  if (parsed->model.empty()) return Error{Code::kNotFound, ""};
  if (!catalog::parse_name(parsed->model)) return Error{Code::kInvalidArgument, "invalid model name"};
  if (!parsed->options.error.empty()) return Error{Code::kInvalidArgument, parsed->options.error};
  return parsed;
}

struct EmbedDialect {
  Result<wire::EmbedRequest> (*parse)(std::string_view body);
  http::Response (*fail)(const Error& error, Origin origin);
  http::Response (*answer)(const wire::EmbedAnswer& answer);
  bool normalises = true;
};

void handle_embed(const Context& context, const http::Request& request,
                  const std::shared_ptr<http::ResponseWriter>& writer, const EmbedDialect& dialect) {
  auto parsed = dialect.parse(request.body);
  if (!parsed) {
    // Ollama finds this out where it runs the request.
    const bool late = parsed.error().message == "invalid input type";
    return writer->send(dialect.fail(parsed.error(), late ? Origin::kRun : Origin::kRequest));
  }
  const std::string model = parsed->model;
  parsed = check_embed(std::move(parsed));
  if (!parsed)
    return writer->send(dialect.fail(name_missing_embed_model(parsed.error(), model), Origin::kRequest));
  const auto asked = std::make_shared<const wire::EmbedRequest>(std::move(*parsed));
  backend::EmbedRequest asks = to_embed_request(*asked, read_caller(*context, request));
  const auto abandoned = std::make_shared<std::atomic<bool>>(false);
  asks.abandoned = abandoned;
  writer->on_disconnect([abandoned] { abandoned->store(true); });
  context->backend->embed(std::move(asks), [writer, asked, dialect](Result<backend::Embeddings> found) {
    if (!found) {
      return writer->send(dialect.fail(name_missing_embed_model(found.error(), asked->model), Origin::kRun));
    }
    wire::EmbedAnswer answer{.model = asked->model,
                             .vectors = std::move(found->vectors),
                             .total_ns = found->total_ns,
                             .load_ns = found->load_ns,
                             .tokens = found->tokens,
                             .base64 = asked->base64};
    for (auto& vector : answer.vectors) {
      if (dialect.normalises) cut_and_normalise(vector, asked->dimensions);
    }
    writer->send(dialect.answer(answer));
  });
}

http::Response fail_in_ollama(const Error& error, Origin) {
  return make_ollama_error(error, Origin::kRequest);
}

http::Response answer_embed(const wire::EmbedAnswer& answer) {
  return make_ollama_json(wire::encode_embed(answer));
}

http::Response answer_old_embed(const wire::EmbedAnswer& answer) {
  return make_ollama_json(
      wire::encode_old_embed(answer.vectors.empty() ? std::vector<float>{} : answer.vectors[0]));
}

http::Response answer_openai_embed(const wire::EmbedAnswer& answer) {
  return make_openai_json(wire::encode_openai_embed(answer));
}

// The old endpoint, unlike its successor, asks for a model by saying so.
Result<wire::EmbedRequest> parse_old_embed(std::string_view body) {
  auto parsed = wire::parse_old_embed_request(body);
  if (parsed && parsed->model.empty()) return Error{Code::kInvalidArgument, "model is required"};
  return parsed;
}

}  // namespace

void add_embed(http::Router& router, const Context& context) {
  struct Path {
    const char* path;
    EmbedDialect dialect;
  };
  const Path paths[] = {
      {"/api/embed", {wire::parse_embed_request, fail_in_ollama, answer_embed, true}},
      {"/api/embeddings", {parse_old_embed, fail_in_ollama, answer_old_embed, false}},
      {"/v1/embeddings", {wire::parse_openai_embed_request, make_openai_error, answer_openai_embed, true}},
  };
  for (const Path& one : paths) {
    router.add("POST", one.path,
               [context, dialect = one.dialect](const http::Request& request,
                                                const std::shared_ptr<http::ResponseWriter>& writer) {
                 handle_embed(context, request, writer, dialect);
               });
  }
}

}  // namespace samovar::api
