#include "text/go_template/executor.h"

#include <algorithm>

#include "text/go_template/functions.h"

namespace samovar::text::go_template {

// Forgets the variables declared during its life.
class Executor::Scope {
 public:
  explicit Scope(Executor& run) : run_(run), size_(run.variables_.size()) {}
  ~Scope() { run_.variables_.resize(size_); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  Executor& run_;
  size_t size_;
};

class Executor::Depth {
 public:
  explicit Depth(Executor& run) : run_(run) {
    if (++run_.calls_ > kMaxCalls) {
      --run_.calls_;
      fail("the template's calls are nested too deeply (over 600 evaluations in each other)");
    }
  }
  ~Depth() { --run_.calls_; }
  Depth(const Depth&) = delete;
  Depth& operator=(const Depth&) = delete;

 private:
  Executor& run_;
};

void Executor::run(const NodeList& nodes, const Value& data) {
  variables_.assign(1, {"$", data});
  run_list(nodes, data);
}

void Executor::print(const Value& value) {
  const std::string text = to_text(value);
  meter_.text(text.size());
  output_.add(text);
}

Executor::Flow Executor::run_list(const NodeList& nodes, const Value& dot) {
  const Depth depth(*this);
  for (const auto& node : nodes) {
    if (const Flow flow = run_node(*node, dot); flow != Flow::kNormal) return flow;
  }
  return Flow::kNormal;
}

Executor::Flow Executor::run_node(const Node& node, const Value& dot) {
  meter_.steps();
  line_ = node.line;
  switch (node.kind) {
    case Node::Kind::kText:
      output_.add(node.text);
      break;
    case Node::Kind::kAction: {
      const Value value = evaluate(*node.pipe, dot, true);
      if (node.pipe->variables.empty()) print(value);
      break;
    }
    case Node::Kind::kIf:
    case Node::Kind::kWith:
      return run_branch(node, dot);
    case Node::Kind::kRange:
      return run_range(node, dot);
    case Node::Kind::kTemplate:
      run_template(node, dot);
      break;
    case Node::Kind::kBreak:
      return Flow::kBreak;
    case Node::Kind::kContinue:
      return Flow::kContinue;
  }
  return Flow::kNormal;
}

Executor::Flow Executor::run_branch(const Node& node, const Value& dot) {
  const Scope scope(*this);
  const Value value = evaluate(*node.pipe, dot, true);
  if (!value.truthy()) return run_list(node.otherwise, dot);
  return run_list(node.list, node.kind == Node::Kind::kWith ? value : dot);
}

Executor::Flow Executor::run_round(const Node& node, const Value& key, const Value& value) {
  meter_.steps();
  const Scope scope(*this);
  const std::vector<std::string>& names = node.pipe->variables;
  for (size_t i = 0; i < names.size(); ++i) {
    const Value& given = names.size() == 2 && i == 0 ? key : value;
    if (node.pipe->assigns) {
      variable(names[i]) = given;
    } else {
      variables_.emplace_back(names[i], given);
    }
  }
  return run_list(node.list, value);
}

Executor::Flow Executor::run_range(const Node& node, const Value& dot) {
  const Scope scope(*this);
  const Value over = evaluate(*node.pipe, dot, false);
  bool any = false;
  const auto round = [&](const Value& key, const Value& value) {
    any = true;
    return run_round(node, key, value) != Flow::kBreak;
  };
  if (over.is_list()) {
    const auto& items = over.list().items;
    for (size_t i = 0; i < items.size(); ++i) {
      if (!round(Value(static_cast<int64_t>(i)), items[i])) break;
    }
  } else if (over.is_map()) {
    for (const auto& [key, value] : over.map().items) {
      if (!round(Value(key), value)) break;
    }
  } else if (over.is_int()) {
    for (int64_t i = 0; i < over.integer(); ++i) {
      if (!round(Value(i), Value(i))) break;
    }
  } else if (!over.is_nil()) {
    fail("range cannot go over a " + std::string(over.kind_name()));
  }
  return any ? Flow::kNormal : run_list(node.otherwise, dot);
}

void Executor::run_template(const Node& node, const Value& dot) {
  const auto found = templates_.find(node.text);
  if (found == templates_.end()) fail("template \"" + node.text + "\" is not defined");
  const Value data = node.pipe != nullptr ? evaluate(*node.pipe, dot, true) : Value();
  auto saved = std::exchange(variables_, {{"$", data}});
  run_list(found->second, data);
  variables_ = std::move(saved);
}

Value& Executor::variable(const std::string& name) {
  const auto found = std::find_if(variables_.rbegin(), variables_.rend(),
                                  [&](const auto& entry) { return entry.first == name; });
  if (found == variables_.rend()) fail("undefined variable \"" + name + "\"");
  return found->second;
}

// `declares`: sets the pipe's variables (a range sets its own).
Value Executor::evaluate(const Pipe& pipe, const Value& dot, bool declares) {
  const Depth depth(*this);
  line_ = pipe.line;
  Value value;
  const Value* last = nullptr;
  for (const Command& command : pipe.commands) {
    value = run_command(command, dot, last);
    last = &value;
  }
  if (!declares) return value;
  for (const std::string& name : pipe.variables) {
    if (pipe.assigns) {
      variable(name) = value;
    } else {
      variables_.emplace_back(name, value);
    }
  }
  return value;
}

Value Executor::run_command(const Command& command, const Value& dot, const Value* last) {
  meter_.steps();
  if (command[0].kind == Arg::Kind::kFunction) {
    const std::string& name = command[0].names[0];
    return name == "and" || name == "or" ? short_circuit(command, dot, last) : call(command, dot, last);
  }
  Value value = evaluate_arg(command[0], dot);
  if (command.size() > 1 || last != nullptr) fail("a value that is no function is given arguments");
  return value;
}

Value Executor::evaluate_arg(const Arg& arg, const Value& dot) {
  const Depth depth(*this);
  switch (arg.kind) {
    case Arg::Kind::kDot:
      return dot;
    case Arg::Kind::kConst:
      return arg.value;
    case Arg::Kind::kField:
      return fields(dot, arg.names, 0);
    case Arg::Kind::kVariable:
      return fields(variable(arg.names[0]), arg.names, 1);
    case Arg::Kind::kFunction:
      return run_command({arg}, dot, nullptr);
    case Arg::Kind::kPipe:
      return fields(evaluate(*arg.pipe, dot, true), arg.names, 0);
  }
  return {};
}

Value Executor::fields(Value value, const std::vector<std::string>& names, size_t first) const {
  for (size_t i = first; i < names.size(); ++i) value = field(value, names[i]);
  return value;
}

Value Executor::field(const Value& value, const std::string& name) const {
  if (value.is_map()) {
    const auto found = value.map().items.find(name);
    return found == value.map().items.end() ? Value() : found->second;
  }
  if (value.is_nil()) fail("nil has no field " + name);
  if (value.is_record()) {
    if (const Value* found = value.record().find(name)) return *found;
    if (name == "ToTypeScriptType" && value.record().is_tool_property) return typescript_type(value);
  }
  if (name == "String") return Value(to_text(value));
  fail("a " + std::string(value.kind_name()) + " has no field " + name);
}

Value Executor::short_circuit(const Command& command, const Value& dot, const Value* last) {
  const bool is_and = command[0].names[0] == "and";
  const size_t count = command.size() - 1 + (last != nullptr ? 1 : 0);
  if (count == 0) fail(command[0].names[0] + " needs an argument");
  Value value;
  for (size_t i = 1; i <= count; ++i) {
    value = i < command.size() ? evaluate_arg(command[i], dot) : *last;
    if (value.truthy() != is_and) break;
  }
  return value;
}

Value Executor::call(const Command& command, const Value& dot, const Value* last) {
  const std::string& name = command[0].names[0];
  const Function function = find_function(name);
  if (function == nullptr) fail_unsupported("function \"" + name + "\" is not defined");
  FunctionCall call{name, {}, date_};
  for (size_t i = 1; i < command.size(); ++i) call.args.push_back(evaluate_arg(command[i], dot));
  if (last != nullptr) call.args.push_back(*last);
  line_ = command[0].line;
  Value result = function(call);
  if (result.is_string()) meter_.text(result.text().size());
  if (result.is_list()) meter_.steps(result.list().items.size());
  return result;
}

}  // namespace samovar::text::go_template
