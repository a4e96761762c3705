#include "catalog/name.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"

namespace samovar::catalog {
namespace {

constexpr size_t kMaxPart = 80;
constexpr size_t kMaxHost = 350;

// `extra`: characters allowed behind the first beside letters, digits and '_'.
bool is_part(std::string_view text, size_t max_length, std::string_view extra) {
  if (text.empty() || text.size() > max_length || !is_word(text.front())) return false;
  if (text.find("..") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_word(c) || extra.find(c) != std::string_view::npos; });
}

bool is_valid(const Name& name) {
  return is_part(name.host, kMaxHost, "-.:") && is_part(name.name_space, kMaxPart, "-") &&
         is_part(name.model, kMaxPart, "-.") && is_part(name.tag, kMaxPart, "-.");
}

// Cuts the text behind the last `separator` off and returns it; nothing when there is none.
std::optional<std::string> take_last(std::string_view& text, char separator) {
  const size_t at = text.rfind(separator);
  if (at == std::string_view::npos) return {};
  std::string last(text.substr(at + 1));
  text = text.substr(0, at);
  return last;
}

}  // namespace

std::string Name::display() const {
  const Name defaults;
  std::string text;
  if (host != defaults.host) {
    text = host + "/" + name_space + "/";
  } else if (name_space != defaults.name_space) {
    text = name_space + "/";
  }
  return text + model + ":" + tag;
}

std::string Name::full() const { return host + "/" + name_space + "/" + model + ":" + tag; }

Result<Name> parse_name(std::string_view text) {
  const Error invalid{Code::kInvalidArgument, "invalid model name"};
  Name name;
  // A scheme is passed over, as people paste addresses.
  if (const size_t scheme = text.find("://"); scheme != std::string_view::npos)
    text.remove_prefix(scheme + 3);
  // A ':' before the last '/' belongs to the host's port.
  const size_t colon = text.rfind(':');
  const size_t slash = text.rfind('/');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    name.tag = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  if (std::optional<std::string> model = take_last(text, '/')) {
    name.model = *model;
    if (std::optional<std::string> space = take_last(text, '/')) {
      name.name_space = *space;
      name.host = text;
    } else {
      name.name_space = text;
    }
  } else {
    name.model = text;
  }
  if (!is_valid(name)) return invalid;
  return name;
}

}  // namespace samovar::catalog
