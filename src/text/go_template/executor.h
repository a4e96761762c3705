// Runs a Go template. One Executor runs on one thread; the templates outlive it. Throws Failure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/go_template/ast.h"

namespace samovar::text::go_template {

class Executor {
 public:
  // `date`: "2026-11-22".
  Executor(const Templates& templates, std::string_view date) : templates_(templates), date_(date) {}

  // Appends to the output; may be called again.
  void run(const NodeList& nodes, const Value& data);
  [[nodiscard]] std::string take_output() { return output_.take(); }
  [[nodiscard]] int line() const { return line_; }

 private:
  enum class Flow { kNormal, kBreak, kContinue };
  class Scope;
  class Depth;

  Flow run_list(const NodeList& nodes, const Value& dot);
  Flow run_node(const Node& node, const Value& dot);
  Flow run_branch(const Node& node, const Value& dot);
  Flow run_range(const Node& node, const Value& dot);
  Flow run_round(const Node& node, const Value& key, const Value& value);
  void run_template(const Node& node, const Value& dot);
  void print(const Value& value);

  Value evaluate(const Pipe& pipe, const Value& dot, bool declares);
  Value run_command(const Command& command, const Value& dot, const Value* last);
  Value evaluate_arg(const Arg& arg, const Value& dot);
  Value call(const Command& command, const Value& dot, const Value* last);
  Value short_circuit(const Command& command, const Value& dot, const Value* last);
  Value fields(Value value, const std::vector<std::string>& names, size_t first) const;
  Value field(const Value& value, const std::string& name) const;
  Value& variable(const std::string& name);

  const Templates& templates_;
  std::string date_;
  Meter meter_;
  Text output_;
  std::vector<std::pair<std::string, Value>> variables_;
  int calls_ = 0;
  int line_ = 1;
};

}  // namespace samovar::text::go_template
