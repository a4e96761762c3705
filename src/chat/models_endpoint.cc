// GET /ui/models
#include <algorithm>

#include "chat/endpoints.h"
#include "wire/json_writer.h"

namespace samovar::chat {
namespace {

std::string encode_model(const backend::ModelSummary& model) {
  std::string json;
  wire::ObjectWriter(json)
      .add("name", std::string_view(model.name))
      .add("size_bytes", model.size_bytes)
      .add("parameter_size", std::string_view(model.facts.parameter_size))
      .add("quantization", std::string_view(model.facts.quantization_level))
      .add("family", std::string_view(model.facts.family))
      .add("context_length", model.facts.context_length)
      .add("loaded", model.loaded)
      .close();
  return json;
}

// Models that only embed cannot be talked to. Old Ollamas tell no capabilities at all.
bool can_chat(const backend::ModelSummary& model) {
  const std::vector<std::string>& all = model.capabilities;
  return all.empty() || std::find(all.begin(), all.end(), "completion") != all.end();
}

std::string encode_models(const std::vector<backend::ModelSummary>& models) {
  std::string list;
  for (const backend::ModelSummary& model : models) {
    if (can_chat(model)) list += (list.empty() ? "" : ",") + encode_model(model);
  }
  return "{\"models\":[" + list + "]}";
}

}  // namespace

std::string first_chat_model(const std::vector<backend::ModelSummary>& models) {
  const auto found = std::find_if(models.begin(), models.end(), can_chat);
  return found == models.end() ? "" : found->name;
}

void add_models(http::Router& router, const Context& context) {
  router.add("GET", "/ui/models",
             [context](const http::Request&, std::shared_ptr<http::ResponseWriter> writer) {
               context->deps.backend->list([writer](Result<std::vector<backend::ModelSummary>> models) {
                 if (!models) return send_error(*writer, models.error());
                 send_json(*writer, encode_models(*models));
               });
             });
}

}  // namespace samovar::chat
