#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/handler_client.h"
#include "api/routes.h"
#include "api/scripted_backend.h"

namespace samovar::api {
namespace {

using Json = nlohmann::json;

class OpenApi : public testing::Test {
 protected:
  OpenApi() {
    Deps deps;
    deps.gate = std::make_shared<backend::Gate>(std::make_shared<ScriptedBackend>(), backend::GateOptions{});
    deps.backend = deps.gate;
    deps.counts = std::make_shared<HttpCounts>();
    deps.version = "1.2.3";
    add_routes(router_, std::move(deps));
    document_ = Json::parse(HandlerClient(router_, "GET", "/openapi.json").look().body);
  }
  // Looks up every "$ref".
  void check_references(const Json& value) {
    if (value.is_object() && value.contains("$ref")) {
      const std::string target = value["$ref"];
      EXPECT_TRUE(document_.contains(Json::json_pointer(target.substr(1)))) << target;
    }
    if (value.is_structured()) {
      for (const auto& item : value) check_references(item);
    }
  }

  http::Router router_;
  Json document_;
};

TEST_F(OpenApi, NamesEveryRouteAndNoOther) {
  std::set<std::string> told;
  for (const auto& [path, operations] : document_["paths"].items()) told.insert(path);
  for (const std::string& path : router_.patterns()) EXPECT_EQ(told.erase(path), 1U) << path;
  // The library is not there in this test.
  for (const char* path :
       {"/api/pull", "/api/push", "/api/create", "/api/copy", "/api/delete", "/api/blobs/{digest}"}) {
    EXPECT_EQ(told.erase(path), 1U) << path;
  }
  EXPECT_TRUE(told.empty()) << *told.begin();
}

TEST_F(OpenApi, IsWhole) {
  EXPECT_EQ(document_["info"]["version"], "1.2.3");
  check_references(document_);
}

}  // namespace
}  // namespace samovar::api
