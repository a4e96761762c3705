#include "api/model_check.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "catalog/name.h"
#include "wire/json_writer.h"

namespace samovar::api {
namespace {

bool has(const std::vector<std::string>& capabilities, const char* wanted) {
  return std::find(capabilities.begin(), capabilities.end(), wanted) != capabilities.end();
}

Result<void> compare(const std::string& model, const ModelDemands& demands,
                     const std::vector<std::string>& can) {
  if (demands.thinking && !has(can, "thinking")) {
    return Error{Code::kUnsupported, wire::quote_go(model) + " does not support thinking"};
  }
  const auto name = catalog::parse_name(model);
  const std::string full = name ? name->full() : model;
  if (demands.tools && !has(can, "tools")) return Error{Code::kUnsupported, full + " does not support tools"};
  if (demands.insert && !has(can, "insert"))
    return Error{Code::kUnsupported, full + " does not support insert"};
  if (demands.vision && !has(can, "vision")) {
    return Error{Code::kUnsupported,
                 wire::quote_go(model) +
                     " does not support images: it reads text only; send the message without images"};
  }
  if (!demands.option_error.empty()) return Error{Code::kInvalidArgument, demands.option_error};
  return {};
}

}  // namespace

Error name_missing_model(Error error, const std::string& name) {
  if (error.code == Code::kNotFound) error.message = "model '" + name + "' not found";
  return error;
}

void check_model(const Context& context, const std::string& model, const ModelDemands& demands,
                 std::function<void(Result<void>)> callback) {
  if (!demands.any()) return callback({});
  context->backend->describe(
      model, false,
      [model, demands, callback = std::move(callback)](Result<backend::ModelDescription> found) {
        if (!found) return callback(name_missing_model(found.error(), model));
        callback(compare(model, demands, found->summary.capabilities));
      });
}

}  // namespace samovar::api
