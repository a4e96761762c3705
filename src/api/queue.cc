// GET /api/queue
#include <cmath>

#include "api/caller.h"
#include "api/endpoints.h"
#include "api/errors.h"
#include "wire/json_writer.h"

namespace samovar::api {
namespace {

using wire::ObjectWriter;

double round_to_ms(double seconds) { return std::round(seconds * 1000) / 1000; }
double to_shown_seconds(int64_t ns) { return round_to_ms(static_cast<double>(ns) * 1e-9); }

// Null: no answer has ended yet, so nothing is known.
void add_wait(ObjectWriter& object, const backend::QueueState& state, int64_t place) {
  if (place > 0 && state.answer_seconds <= 0) {
    object.add_null("expected_wait_seconds");
  } else {
    object.add("expected_wait_seconds", round_to_ms(state.expected_wait_seconds(place)));
  }
}

void append_request(std::string& out, const backend::QueueState& state,
                    const backend::QueuedRequest& request) {
  ObjectWriter object(out);
  object.add("id", std::string_view(request.id)).add("model", std::string_view(request.model));
  object.add("state", request.waiting ? "waiting" : "running").add("place", request.place);
  object.add("waited_seconds", to_shown_seconds(request.waited_ns));
  if (request.waiting) {
    add_wait(object, state, request.place);
  } else {
    object.add("running_seconds", to_shown_seconds(request.answering_ns));
  }
  object.close();
}

std::string encode_queue(const Deps& deps, const std::string& client) {
  const backend::QueueState state = deps.gate->read_queue();
  std::string yours;
  for (const backend::QueuedRequest& request : state.requests) {
    if (request.client != client) continue;
    if (!yours.empty()) yours += ',';
    append_request(yours, state, request);
  }
  const bool is_free = state.running < state.parallel && state.waiting == 0;
  std::string out;
  ObjectWriter object(out);
  object.add("running", static_cast<int64_t>(state.running))
      .add("waiting", static_cast<int64_t>(state.waiting))
      .add("waiting_clients", static_cast<int64_t>(state.waiting_clients))
      .add("max_running", static_cast<int64_t>(state.parallel))
      .add("max_waiting", static_cast<int64_t>(state.max_waiting))
      .add("request_timeout_seconds", static_cast<double>(deps.request_timeout_ms) / 1000);
  add_wait(object, state, is_free ? 0 : static_cast<int64_t>(state.waiting) + 1);
  object.add_raw("yours", "[" + yours + "]").close();
  return out;
}

}  // namespace

void add_queue(http::Router& router, const Context& context) {
  if (context->gate == nullptr) return;
  router.add("GET", "/api/queue",
             [context](const http::Request& request, const std::shared_ptr<http::ResponseWriter>& writer) {
               http::Response response = make_ollama_json(encode_queue(*context, client_of(request)));
               response.headers.emplace_back("Cache-Control", "no-store");
               writer->send(std::move(response));
             });
}

}  // namespace samovar::api
