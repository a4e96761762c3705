#include "wire/keep_alive.h"

#include <limits>
#include <string>
#include <string_view>

#include "wire/go_time.h"

namespace samovar::wire {
namespace {

constexpr int64_t kForever = -1;
constexpr double kNsPerSecond = 1e9;

std::string_view go_type_name(Json::Kind kind) {
  switch (kind) {
    case Json::Kind::kBool:
      return "bool";
    case Json::Kind::kArray:
      return "[]interface {}";
    case Json::Kind::kObject:
      return "map[string]interface {}";
    default:
      return "%!s(<nil>)";
  }
}

}  // namespace

void read_keep_alive(Decoder& decoder, const Json& value, std::optional<int64_t>& out) {
  if (value.kind == Json::Kind::kNull) {
    out.reset();
  } else if (value.kind == Json::Kind::kNumber) {
    const double seconds = parse_number(value.raw).value_or(std::numeric_limits<double>::max());
    const bool endless = seconds < 0 || seconds * kNsPerSecond >= 9.2e18;
    out = endless ? kForever : static_cast<int64_t>(seconds * kNsPerSecond);
  } else if (value.kind == Json::Kind::kString) {
    const auto duration = parse_duration(value.text);
    if (!duration) return decoder.fail(duration.error().message);
    out = *duration < 0 ? kForever : *duration;
  } else {
    decoder.fail("Unsupported type: '" + std::string(go_type_name(value.kind)) + "'");
  }
}

}  // namespace samovar::wire
