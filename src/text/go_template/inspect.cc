// What Ollama reads from a template's tree.
#include <algorithm>
#include <cctype>

#include "text/go_template/parser.h"

namespace samovar::text::go_template {
namespace {

std::string lower(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

void collect(const Pipe& pipe, std::set<std::string>& names) {
  for (const Command& command : pipe.commands) {
    for (const Arg& arg : command) {
      if (arg.kind == Arg::Kind::kField || arg.kind == Arg::Kind::kVariable) {
        for (const std::string& name : arg.names) names.insert(lower(name));
      }
      if (arg.pipe != nullptr) collect(*arg.pipe, names);
    }
  }
}

void collect(const NodeList& nodes, std::set<std::string>& names) {
  for (const auto& node : nodes) {
    if (node->pipe != nullptr) collect(*node->pipe, names);
    collect(node->list, names);
    collect(node->otherwise, names);
  }
}

bool mentions(const Pipe& pipe, std::string_view field) {
  for (const Command& command : pipe.commands) {
    for (const Arg& arg : command) {
      if (arg.kind == Arg::Kind::kField && arg.names[0] == field) return true;
      if (arg.pipe != nullptr && mentions(*arg.pipe, field)) return true;
    }
  }
  return false;
}

// Copies nodes until {{ .Response }} was met.
class Cutter {
 public:
  NodeList cut(const NodeList& nodes) {
    NodeList out;
    for (const auto& node : nodes) {
      if (done_) break;
      if (auto copied = cut(*node)) out.push_back(std::move(copied));
    }
    return out;
  }

 private:
  std::unique_ptr<Node> cut(const Node& node) {
    auto out = std::make_unique<Node>();
    out->kind = node.kind;
    out->line = node.line;
    out->text = node.text;
    out->pipe = node.pipe;
    if (node.kind == Node::Kind::kAction) {
      auto pipe = std::make_shared<Pipe>(*node.pipe);
      if (!cut(*pipe)) return nullptr;
      out->pipe = std::move(pipe);
    }
    out->list = cut(node.list);
    out->otherwise = cut(node.otherwise);
    return out;
  }

  // Drops the arguments behind .Response; false when a command is left with none, as Ollama drops the action
  // then.
  bool cut(Pipe& pipe) {
    for (Command& command : pipe.commands) {
      Command kept;
      for (const Arg& arg : command) {
        if (done_) break;
        Arg copied = arg;
        if (arg.kind == Arg::Kind::kField) {
          done_ = std::count(arg.names.begin(), arg.names.end(), "Response") > 0;
        } else if (arg.pipe != nullptr) {
          auto inner = std::make_shared<Pipe>(*arg.pipe);
          if (!cut(*inner)) continue;
          copied.pipe = std::move(inner);
        }
        kept.push_back(std::move(copied));
      }
      if (kept.empty()) return false;
      command = std::move(kept);
    }
    return true;
  }

  bool done_ = false;
};

std::string trimmed(const std::string& text) {
  static constexpr std::string_view kSpace = " \t\r\n\v\f";
  const size_t begin = text.find_first_not_of(kSpace);
  return begin == std::string::npos ? std::string()
                                    : text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// `in_messages`: inside a range over .Messages that is the innermost range.
void find_tags(const NodeList& nodes, bool in_messages, ThinkTags& tags) {
  for (const auto& node : nodes) {
    const bool thinking =
        node->kind != Node::Kind::kTemplate && node->pipe != nullptr && mentions(*node->pipe, "Thinking");
    if (thinking && in_messages) {
      if (nodes.front()->kind == Node::Kind::kText) tags.open = trimmed(nodes.front()->text);
      if (nodes.back()->kind == Node::Kind::kText) tags.close = trimmed(nodes.back()->text);
    }
    const bool range = node->kind == Node::Kind::kRange;
    const bool inside = range ? mentions(*node->pipe, "Messages") : in_messages;
    find_tags(node->list, inside, tags);
    find_tags(node->otherwise, inside, tags);
  }
}

const Node* find_tool_calls(const NodeList& nodes) {
  for (const auto& node : nodes) {
    const bool asks = node->kind == Node::Kind::kIf || node->kind == Node::Kind::kRange;
    if (asks && node->pipe != nullptr) {
      std::set<std::string> names;
      collect(*node->pipe, names);
      if (names.count("toolcalls") > 0) return node.get();
    }
    for (const NodeList* list : {&node->list, &node->otherwise}) {
      if (const Node* found = find_tool_calls(*list)) return found;
    }
  }
  return nullptr;
}

std::string first_text(const NodeList& nodes) {
  for (const auto& node : nodes) {
    std::string text = node->kind == Node::Kind::kText ? trimmed(node->text) : first_text(node->list);
    if (!text.empty()) return text;
  }
  return {};
}

}  // namespace

std::set<std::string> mentioned_names(const Templates& templates) {
  std::set<std::string> names;
  for (const auto& [name, nodes] : templates) collect(nodes, names);
  return names;
}

NodeList cut_after_response(const NodeList& nodes) { return Cutter().cut(nodes); }

std::string find_tool_tag(const Templates& templates) {
  const Node* calls = find_tool_calls(templates.at(""));
  const std::string text = calls == nullptr ? std::string() : first_text(calls->list);
  const std::string tag = trimmed(text.substr(0, text.find('{')));
  return tag.empty() ? "{" : tag;
}

ThinkTags find_think_tags(const Templates& templates) {
  ThinkTags tags;
  find_tags(templates.at(""), false, tags);
  return tags;
}

}  // namespace samovar::text::go_template
