// Fills plain structs from JSON the way Go's json.Unmarshal does: names compared without case, the last
// duplicate wins, null leaves a field unset, the first error stands and reads like Go's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "wire/json.h"

namespace samovar::wire {

class Decoder {
 public:
  // `root` is the Go struct of the error texts, "ChatRequest" of package `package` ("api", "openai").
  Decoder(std::string root, std::string package) : root_(std::move(root)), package_(std::move(package)) {}

  // Calls `visit(member)` for each member of an object, in order. Any other kind but null is an error:
  // at the root "cannot unmarshal array into Go value of type api.ChatRequest", deeper one of
  // `path` ("messages") and `go_type` ("api.Message").
  using Visit = std::function<void(const Json& member)>;
  void read_root(const Json& value, const Visit& visit);
  void read_object(const Json& value, std::string_view path, std::string_view go_type, const Visit& visit);
  void read_array(const Json& value, std::string_view path, std::string_view go_type, const Visit& visit);

  void read(const Json& value, std::string_view path, std::string& out);
  void read(const Json& value, std::string_view path, bool& out);
  void read(const Json& value, std::string_view path, int64_t& out);
  void read(const Json& value, std::string_view path, double& out);
  template <typename T>
  void read(const Json& value, std::string_view path, std::optional<T>& out) {  // a Go pointer: null unsets
    if (value.kind == Json::Kind::kNull) {
      out.reset();
      return;
    }
    T read_value{};
    read(value, path, read_value);
    out = std::move(read_value);
  }

  // The first error stands.
  void fail(std::string message);
  void mismatch(const Json& value, std::string_view path, std::string_view go_type);

  [[nodiscard]] bool ok() const { return !error_; }
  [[nodiscard]] Error error() const { return {Code::kInvalidArgument, error_.value_or("")}; }

 private:
  std::string root_;
  std::string package_;
  std::optional<std::string> error_;
};

// ASCII letters without case, as Go matches member names.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

// The value of a JSON number's text; nothing when a double cannot hold it.
[[nodiscard]] std::optional<double> parse_number(std::string_view literal);

}  // namespace samovar::wire
