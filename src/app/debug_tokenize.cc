#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/debug_command.h"
#include "app/model_file.h"
#include "app/report.h"
#include "model/vocabulary.h"
#include "text/tokenizer.h"
#include "wire/json_depth.h"

namespace samovar::app {
namespace {

using Json = nlohmann::json;

Result<std::unique_ptr<text::Tokenizer>> load_tokenizer(const std::string& model) {
  const Result<ModelFile> found = find_model_file(model);
  if (!found) return found.error();
  const auto file = gguf::File::open(found->path);
  if (!file) return file.error();
  Result<text::Vocabulary> vocabulary = model::read_vocabulary(**file);
  if (!vocabulary) return vocabulary.error();
  return text::make_tokenizer(std::move(*vocabulary));
}

Result<std::vector<std::string>> read_strings(const std::string& path) {
  const Result<std::string> text = read_text_file(path);
  if (!text) return text.error();
  const Json json = wire::parse_json_value<Json>(*text);
  if (!json.is_array()) return Error{Code::kInvalidArgument, path + ": expected a JSON array of strings"};
  std::vector<std::string> strings;
  for (const Json& element : json) {
    if (!element.is_string()) {
      return Error{Code::kInvalidArgument,
                   path + ": element " + std::to_string(strings.size()) + " is no string"};
    }
    strings.push_back(element.get<std::string>());
  }
  return strings;
}

}  // namespace

int debug_tokenize(const DebugArguments& arguments) {
  const auto strings = read_strings(arguments.file);
  if (!strings) return report(strings.error());
  const auto tokenizer = load_tokenizer(arguments.model);
  if (!tokenizer) return report(tokenizer.error());
  const auto specials = arguments.special ? text::Specials::kParse : text::Specials::kAsText;
  Json ids = Json::array();
  for (const std::string& string : *strings) ids.push_back((*tokenizer)->encode(string, specials));
  std::printf("%s\n", ids.dump().c_str());
  return 0;
}

}  // namespace samovar::app
