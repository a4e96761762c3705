#include "backend/tool_call_parser.h"

#include <algorithm>
#include <array>
#include <optional>

#include "wire/json.h"
#include "wire/json_writer.h"

namespace samovar::backend {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr size_t kLongestName = 200;  // bytes between a tag and its object
constexpr std::string_view kFence = "```";
// What models write behind a call, and in front of the next one inside the same tag (DeepSeek, Command R, Phi
// 4).
constexpr std::array<std::string_view, 5> kClosings = {
    "</function>", "<｜tool▁call▁end｜>", "<｜tool▁calls▁end｜>", "<|END_ACTION|>", "<|/tool_call|>"};
constexpr std::string_view kNext = "<｜tool▁call▁begin｜>";
// Words between a name and its object (Mistral): "f[CALL_ID]a1b2[ARGS]{...}".
constexpr std::array<std::string_view, 2> kBracketedWords = {"[ARGS]", "[CALL_ID]"};

bool is_blank(std::string_view text) { return text.find_first_not_of(kBlank) == std::string_view::npos; }

bool is_plain_tag(std::string_view tag) { return tag == "{" || tag == "["; }

// The end of the JSON value that begins at `begin` with a bracket; nothing when it is not whole yet.
std::optional<size_t> find_value_end(std::string_view text, size_t begin) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return i + 1;
    }
  }
  return std::nullopt;
}

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// Whether `name` stands in `text` as a word of its own.
bool has_word(std::string_view text, std::string_view name) {
  for (size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const size_t end = at + name.size();
    const bool begins = at == 0 || !is_name_byte(text[at - 1]);
    if (begins && (end == text.size() || !is_name_byte(text[end]))) return true;
  }
  return false;
}

size_t bytes_of_possible_start(std::string_view text, std::string_view tag) {
  for (size_t n = std::min(text.size(), tag.size() - 1); n > 0; --n) {
    if (text.ends_with(tag.substr(0, n))) return n;
  }
  return 0;
}

// Arguments as an object's text; models also write them as a string with the object in it.
std::optional<std::string> read_arguments(const wire::Json& call) {
  for (const char* key : {"arguments", "parameters"}) {
    const wire::Json* found = call.member(key);
    if (found == nullptr) continue;
    if (found->kind == wire::Json::Kind::kObject) return std::string(found->raw);
    if (found->kind == wire::Json::Kind::kNull) return "{}";
    if (found->kind != wire::Json::Kind::kString) return std::nullopt;
    const auto inner = wire::parse_json(found->text);
    if (inner && inner->kind == wire::Json::Kind::kObject) return std::string(inner->raw);
    return std::nullopt;
  }
  return std::nullopt;
}

const wire::Json* tool_function(const wire::Json& tool) {
  if (tool.kind != wire::Json::Kind::kObject) return nullptr;
  const wire::Json* function = tool.member("function");
  return function != nullptr && function->kind == wire::Json::Kind::kObject ? function : nullptr;
}

const wire::Json* function_name(const wire::Json& tool) {
  const wire::Json* function = tool_function(tool);
  const wire::Json* name = function == nullptr ? nullptr : function->member("name");
  return name != nullptr && name->kind == wire::Json::Kind::kString ? name : nullptr;
}

}  // namespace

ToolCallParser::ToolCallParser(std::string tag, std::vector<std::string> names)
    : tag_(tag.empty() ? "{" : std::move(tag)), names_(std::move(names)) {
  if (tag_.size() > 2 && tag_.front() == '<' && tag_.back() == '>') close_ = "</" + tag_.substr(1);
  fenced_ = tag_.find(kFence) != std::string::npos;
}

ToolText ToolCallParser::push(std::string_view piece) {
  held_ += piece;
  ToolText out;
  Step step = Step::kOn;
  while (step == Step::kOn && !held_.empty()) {
    if (state_ == State::kPlain) {
      out.content += std::exchange(held_, {});
    } else {
      step = state_ == State::kText ? read_text(out) : read_calls(out);
    }
  }
  return out;
}

ToolCallParser::Step ToolCallParser::read_text(ToolText& out) {
  if (!began_) {
    const size_t first = held_.find_first_not_of(kBlank);
    if (first == std::string::npos) return Step::kWait;
    began_ = true;
    if (held_[first] == '{' || (held_[first] == '[' && !tag_.starts_with("[T") && !tag_.starts_with("[A"))) {
      state_ = State::kCalls;
      raw_ = held_.substr(0, first);
      held_.erase(0, first);
      return Step::kOn;
    }
  }
  if (is_plain_tag(tag_)) {
    state_ = State::kPlain;
    return Step::kOn;
  }
  const size_t found = held_.find(tag_);
  const size_t n = found != std::string::npos ? found : held_.size() - bytes_of_possible_start(held_, tag_);
  // White space alone in front of the first call is not the answer's.
  const bool is_lead = !said_ && is_blank(std::string_view(held_).substr(0, n));
  if (is_lead && found == std::string::npos) return Step::kWait;
  if (!is_lead) {
    out.content += held_.substr(0, n);
    said_ = true;
  }
  held_.erase(0, n);
  if (found == std::string::npos) return Step::kWait;
  raw_ = tag_;
  held_.erase(0, tag_.size());
  state_ = State::kCalls;
  return Step::kOn;
}

// The length of the closing word that held_ begins with; 0: none; nothing: more text is needed to know.
std::optional<size_t> ToolCallParser::find_closing() const {
  const auto reads = [this](std::string_view word) { return !word.empty() && held_.starts_with(word); };
  const auto may_read = [this](std::string_view word) {
    return word.size() > held_.size() && word.starts_with(held_);
  };
  std::vector<std::string_view> words(kClosings.begin(), kClosings.end());
  words.push_back(close_);
  words.push_back(kNext);
  if (!is_plain_tag(tag_)) words.push_back(tag_);
  if (fenced_) words.push_back(kFence);
  for (const std::string_view word : words) {
    if (reads(word)) return word.size();
  }
  if (std::any_of(words.begin(), words.end(), may_read)) return std::nullopt;
  return 0;
}

bool ToolCallParser::skip_separators() {
  for (;;) {
    const size_t n = std::min(held_.find_first_not_of(" \t\r\n,;]"), held_.size());
    held_.erase(0, n);
    if (held_.empty()) return false;
    const auto closing = find_closing();
    if (!closing) return false;
    if (*closing == 0) return true;
    const std::string word = held_.substr(0, *closing);
    held_.erase(0, *closing);
    if (word == kNext || word == tag_) {
      raw_ = word;
      return true;
    }
  }
}

ToolCallParser::Step ToolCallParser::read_calls(ToolText& out) {
  if (called_ && raw_.empty()) {
    // Behind a call: another one, its tag, or text.
    if (!skip_separators()) return Step::kWait;
    if (raw_.empty() && held_.front() != '{' && held_.front() != '[') {
      state_ = is_plain_tag(tag_) ? State::kPlain : State::kText;
      return Step::kOn;
    }
  }
  size_t begin = held_.find_first_of("{[");
  for (const std::string_view word : kBracketedWords) {
    if (begin != std::string::npos && std::string_view(held_).substr(begin).starts_with(word))
      begin = held_.find('{', begin);
  }
  if (begin == std::string::npos) {
    if (held_.size() > kLongestName) give_up(out);
    return held_.empty() ? Step::kWait : state_ == State::kCalls ? Step::kWait : Step::kOn;
  }
  const auto end = find_value_end(held_, begin);
  if (!end) return Step::kWait;
  const std::string_view all = held_;
  if (!add_calls(all.substr(0, begin), all.substr(begin, *end - begin), out)) {
    give_up(out);
    return Step::kOn;
  }
  called_ = true;
  if (all.substr(0, begin).find(kFence) != std::string_view::npos) fenced_ = true;
  raw_.clear();
  held_.erase(0, *end);
  return Step::kOn;
}

// What looked like a call is none: it is text.
void ToolCallParser::give_up(ToolText& out) {
  out.content += std::exchange(raw_, {});
  said_ = true;
  state_ = is_plain_tag(tag_) ? State::kPlain : State::kText;
  if (state_ == State::kText) {
    // Something else than the tag itself must be passed, or it would be found again.
    const size_t n = std::max<size_t>(1, std::min(held_.find(tag_), held_.size()));
    out.content += held_.substr(0, n);
    held_.erase(0, n);
  }
}

bool ToolCallParser::add_calls(std::string_view before, std::string_view json, ToolText& out) const {
  const auto value = wire::parse_json(json);
  if (!value) return false;
  const auto offered = [this](const std::string& name) {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  };
  const std::vector<wire::Json> single = {*value};
  std::vector<text::ToolCall> calls;
  for (const wire::Json& item : value->kind == wire::Json::Kind::kArray ? value->items : single) {
    if (item.kind != wire::Json::Kind::kObject) return false;
    const wire::Json* function = tool_function(item);
    const wire::Json& call = function == nullptr ? item : *function;
    const wire::Json* name = call.member("name");
    if (name == nullptr) name = call.member("tool_name");  // Command R
    auto arguments = read_arguments(call);
    if (name != nullptr && name->kind == wire::Json::Kind::kString && arguments && offered(name->text)) {
      calls.push_back({{}, name->text, std::move(*arguments)});
      continue;
    }
    // The name in front of the object, which then is the arguments.
    std::string best;
    for (const std::string& known : names_) {
      if (has_word(before, known) && known.size() > best.size()) best = known;
    }
    if (best.empty()) return false;
    calls.push_back({{}, best, std::string(item.raw)});
  }
  if (calls.empty()) return false;
  out.calls.insert(out.calls.end(), calls.begin(), calls.end());
  return true;
}

ToolText ToolCallParser::finish() {
  ToolText out;
  if (state_ == State::kCalls && called_ && raw_.empty()) {
    if (!skip_separators()) held_.clear();
  }
  out.content = std::exchange(raw_, {}) + std::exchange(held_, {});
  if (called_ && is_blank(out.content)) out.content.clear();
  state_ = State::kPlain;
  return out;
}

std::vector<std::string> list_tool_names(std::string_view tools_json) {
  std::vector<std::string> out;
  const auto tools = wire::parse_json(tools_json);
  if (!tools || tools->kind != wire::Json::Kind::kArray) return out;
  for (const wire::Json& tool : tools->items) {
    const wire::Json* name = function_name(tool);
    if (name != nullptr && !name->text.empty()) out.push_back(name->text);
  }
  return out;
}

std::string make_call_schema(std::string_view tools_json, std::string_view name) {
  const auto tools = wire::parse_json(tools_json);
  if (!tools || tools->kind != wire::Json::Kind::kArray) return {};
  std::string choices;
  for (const wire::Json& tool : tools->items) {
    const wire::Json* known = function_name(tool);
    if (known == nullptr || (!name.empty() && known->text != name)) continue;
    const wire::Json* parameters = tool_function(tool)->member("parameters");
    const bool described = parameters != nullptr && parameters->kind == wire::Json::Kind::kObject;
    choices += choices.empty() ? "" : ",";
    choices += R"({"type":"object","properties":{"name":{"const":)" + wire::to_json_string(known->text) +
               R"(},"arguments":)" + (described ? std::string(parameters->raw) : R"({"type":"object"})") +
               R"(},"required":["name","arguments"]})";
  }
  return choices.empty() ? choices : R"({"anyOf":[)" + choices + "]}";
}

}  // namespace samovar::backend
