// GET /ui/config
#include "chat/endpoints.h"
#include "wire/json_writer.h"

namespace samovar::chat {
namespace {

using wire::ObjectWriter;

std::string encode_defaults(const Settings& defaults) {
  std::string json;
  ObjectWriter(json)
      .add("temperature", defaults.temperature)
      .add("max_tokens", int64_t{defaults.max_tokens})
      .add("system_prompt", std::string_view(defaults.system_prompt))
      .close();
  return json;
}

std::string encode_limits(const Limits& limits) {
  std::string temperature;
  ObjectWriter(temperature).add("min", limits.min_temperature).add("max", limits.max_temperature).close();
  std::string tokens;
  ObjectWriter(tokens).add("min", int64_t{limits.min_tokens}).add("max", int64_t{limits.max_tokens}).close();
  std::string json;
  ObjectWriter(json)
      .add_raw("temperature", temperature)
      .add_raw("max_tokens", tokens)
      .add("message_bytes", static_cast<int64_t>(limits.message_bytes))
      .close();
  return json;
}

std::string encode_config(const Deps& deps) {
  std::string place;
  ObjectWriter(place)
      .add("kind", std::string_view(deps.backend_kind))
      .add("place", std::string_view(deps.backend->place()))
      .close();
  std::string welcome;
  ObjectWriter languages(welcome);
  for (const auto& [language, markdown] : deps.welcome) languages.add(language, std::string_view(markdown));
  languages.close();
  std::string json;
  ObjectWriter(json)
      .add("name", std::string_view(deps.name))
      .add("version", std::string_view(deps.version))
      .add_raw("backend", place)
      .add("default_model", std::string_view(deps.default_model))
      .add_raw("defaults", encode_defaults(deps.defaults))
      .add_raw("limits", encode_limits(deps.limits))
      .add_raw("welcome", welcome)
      .close();
  return json;
}

}  // namespace

void add_config(http::Router& router, const Context& context) {
  router.add("GET", "/ui/config",
             [context](const http::Request&, std::shared_ptr<http::ResponseWriter> writer) {
               send_json(*writer, encode_config(context->deps));
             });
}

}  // namespace samovar::chat
