#include "targets.h"

#include <cstdio>
#include <cstdlib>

namespace samovar::fuzz {

const std::vector<Target>& targets() {
  static const std::vector<Target> all = {
      {"gguf", read_gguf},         {"jinja", render_jinja},     {"go_template", render_go},
      {"schema", match_schema},    {"gbnf", match_gbnf},        {"regex", match_regex},
      {"requests", read_requests}, {"store", read_store_files}, {"answers", read_answers},
      {"setup", read_setup},       {"import", read_import},     {"docx", read_docx},
      {"heads", read_heads},
  };
  return all;
}

void demand(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

std::string_view take_part(std::string_view& input) {
  constexpr std::string_view kCut = "\n----\n";
  const size_t cut = input.find(kCut);
  const std::string_view part = input.substr(0, cut);
  input.remove_prefix(cut == std::string_view::npos ? input.size() : cut + kCut.size());
  return part;
}

}  // namespace samovar::fuzz
