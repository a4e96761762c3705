#include "backend/model_options.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "wire/json_depth.h"

namespace samovar::backend {
namespace {

using Json = nlohmann::json;

template <typename T>
constexpr double kMost = std::is_same_v<T, float>     ? 3.0e38
                         : std::is_same_v<T, int64_t> ? 9.2e18
                                                      : 2147483647.0;
template <typename T>
constexpr double kLeast = -kMost<T>;

// `json[name]` into `to`; false when it is there with another type.
template <typename T>
bool read(const Json& json, const char* name, std::optional<T>& to) {
  const auto at = json.find(name);
  if (at == json.end() || at->is_null()) return true;
  if (!at->is_number()) return false;
  // A file from anywhere may say 1e99.
  to = static_cast<T>(std::clamp(at->get<double>(), kLeast<T>, kMost<T>));
  return true;
}

bool read_stop(const Json& json, std::optional<std::vector<std::string>>& to) {
  const auto at = json.find("stop");
  if (at == json.end() || at->is_null()) return true;
  std::vector<std::string> stops;
  const Json list = at->is_array() ? *at : Json::array({*at});
  for (const Json& stop : list) {
    if (!stop.is_string()) return false;
    stops.push_back(stop.get<std::string>());
  }
  to = std::move(stops);
  return true;
}

template <typename T>
void take(const std::optional<T>& request, const std::optional<T>& model, T& to) {
  if (request) {
    to = *request;
  } else if (model) {
    to = *model;
  }
}

}  // namespace

Result<Options> parse_model_options(std::string_view params_json) {
  Options out;
  if (params_json.empty()) return out;
  const Json json = wire::parse_json_value<Json>(params_json);
  if (!json.is_object()) return Error{Code::kCorrupt, "the model's parameters are not a JSON object"};
  const std::pair<const char*, bool> fields[] = {
      {"temperature", read(json, "temperature", out.temperature)},
      {"top_p", read(json, "top_p", out.top_p)},
      {"min_p", read(json, "min_p", out.min_p)},
      {"typical_p", read(json, "typical_p", out.typical_p)},
      {"repeat_penalty", read(json, "repeat_penalty", out.repeat_penalty)},
      {"presence_penalty", read(json, "presence_penalty", out.presence_penalty)},
      {"frequency_penalty", read(json, "frequency_penalty", out.frequency_penalty)},
      {"top_k", read(json, "top_k", out.top_k)},
      {"repeat_last_n", read(json, "repeat_last_n", out.repeat_last_n)},
      {"num_predict", read(json, "num_predict", out.num_predict)},
      {"num_ctx", read(json, "num_ctx", out.num_ctx)},
      {"num_keep", read(json, "num_keep", out.num_keep)},
      {"seed", read(json, "seed", out.seed)},
      {"stop", read_stop(json, out.stop)},
  };
  for (const auto& [name, fine] : fields) {
    if (!fine)
      return Error{Code::kCorrupt, std::string("the model's parameter '") + name + "' has a wrong type"};
  }
  return out;
}

EffectiveOptions merge_options(const Options& request, const Options& model) {
  EffectiveOptions out;
  take(request.temperature, model.temperature, out.sampling.temperature);
  take(request.top_p, model.top_p, out.sampling.top_p);
  take(request.min_p, model.min_p, out.sampling.min_p);
  take(request.typical_p, model.typical_p, out.sampling.typical_p);
  take(request.repeat_penalty, model.repeat_penalty, out.sampling.repeat_penalty);
  take(request.presence_penalty, model.presence_penalty, out.sampling.presence_penalty);
  take(request.frequency_penalty, model.frequency_penalty, out.sampling.frequency_penalty);
  take(request.top_k, model.top_k, out.sampling.top_k);
  take(request.repeat_last_n, model.repeat_last_n, out.sampling.repeat_last_n);
  take(request.seed, model.seed, out.sampling.seed);
  take(request.stop, model.stop, out.stop);
  out.sampling.logit_bias = request.logit_bias;
  if (const auto n = request.num_predict ? request.num_predict : model.num_predict) out.num_predict = *n;
  if (const auto n = request.num_keep ? request.num_keep : model.num_keep) out.num_keep = *n;
  if (const auto n = request.num_ctx ? request.num_ctx : model.num_ctx) out.num_ctx = *n;
  return out;
}

}  // namespace samovar::backend
