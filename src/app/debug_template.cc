#include <array>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "app/debug_command.h"
#include "app/model_file.h"
#include "app/report.h"
#include "model/vocabulary.h"
#include "text/chat_template.h"
#include "wire/json_depth.h"

namespace samovar::app {
namespace {

using Json = nlohmann::json;

std::string text_or_empty(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

void read_tool_calls(const Json& message, text::ChatMessage& out) {
  const auto calls = message.find("tool_calls");
  if (calls == message.end() || !calls->is_array()) return;
  for (const Json& call : *calls) {
    const Json& function = call.contains("function") ? call["function"] : call;
    if (!function.is_object()) continue;
    const Json arguments = function.value("arguments", Json::object());
    out.tool_calls.push_back(
        {.id = text_or_empty(call, "id"),
         .name = text_or_empty(function, "name"),
         .arguments_json = arguments.is_string() ? arguments.get<std::string>() : arguments.dump()});
  }
}

// The input is an array of messages, or {"messages": [...], "tools": [...], "add_generation_prompt": true}.
Result<text::TemplateInput> read_input(const std::string& path) {
  const Result<std::string> text = read_text_file(path);
  if (!text) return text.error();
  const Json json = wire::parse_json_value<Json>(*text);
  const Json messages = json.is_object() ? json.value("messages", Json()) : json;
  if (!messages.is_array())
    return Error{Code::kInvalidArgument, path + ": expected a JSON array of chat messages"};
  text::TemplateInput input;
  for (const Json& message : messages) {
    const std::string role = message.is_object() ? text_or_empty(message, "role") : "";
    if (role.empty()) {
      return Error{Code::kInvalidArgument,
                   path + ": message " + std::to_string(input.messages.size()) + " has no role"};
    }
    text::ChatMessage& out = input.messages.emplace_back();
    out.role = role;
    out.content = text_or_empty(message, "content");
    out.thinking = text_or_empty(message, "thinking");
    out.tool_name = text_or_empty(message, "tool_name");
    out.tool_call_id = text_or_empty(message, "tool_call_id");
    read_tool_calls(message, out);
  }
  if (json.is_object() && json.contains("tools")) input.tools_json = json["tools"].dump();
  if (json.is_object()) input.add_generation_prompt = json.value("add_generation_prompt", true);
  return input;
}

std::string spelling(const text::Vocabulary& vocabulary, text::TokenId id) {
  const bool known = id >= 0 && static_cast<size_t>(id) < vocabulary.tokens.size();
  return known ? vocabulary.tokens[static_cast<size_t>(id)] : "";
}

void add_vocabulary(const text::Vocabulary& vocabulary, text::TemplateInput& input) {
  input.bos_token = spelling(vocabulary, vocabulary.bos_id);
  input.eos_token = spelling(vocabulary, vocabulary.eos_id);
  for (size_t id = 0; id < vocabulary.kinds.size() && id < vocabulary.tokens.size(); ++id) {
    if (vocabulary.kinds[id] == text::TokenKind::kControl)
      input.control_tokens.push_back(vocabulary.tokens[id]);
  }
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm local = {};
  localtime_r(&now, &local);
  std::array<char, 16> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &local);
  return text.data();
}

Result<std::unique_ptr<text::ChatTemplate>> make_template(const ModelFile& found, const gguf::File& file) {
  if (found.entry && !found.entry->template_text.empty())
    return text::make_go_template(found.entry->template_text);
  const Result<std::string> source = file.get_string("tokenizer.chat_template", "");
  if (!source) return source.error();
  if (source->empty())
    return Error{Code::kNotFound, found.path.string() + ": the model has no chat template"};
  return text::make_jinja_template(*source);
}

Result<std::string> render(const DebugArguments& arguments) {
  Result<text::TemplateInput> input = read_input(arguments.file);
  if (!input) return input.error();
  const Result<ModelFile> found = find_model_file(arguments.model);
  if (!found) return found.error();
  const auto file = gguf::File::open(found->path);
  if (!file) return file.error();
  const auto vocabulary = model::read_vocabulary(**file);
  if (!vocabulary) return vocabulary.error();
  add_vocabulary(*vocabulary, *input);
  input->date = today();
  const auto chat_template = make_template(*found, **file);
  if (!chat_template) return chat_template.error();
  const Result<text::Prompt> prompt = (*chat_template)->render(*input);
  if (!prompt) return prompt.error();
  return prompt->text;
}

}  // namespace

int debug_template(const DebugArguments& arguments) {
  const Result<std::string> prompt = render(arguments);
  if (!prompt) return report(prompt.error());
  std::fwrite(prompt->data(), 1, prompt->size(), stdout);
  return 0;
}

}  // namespace samovar::app
