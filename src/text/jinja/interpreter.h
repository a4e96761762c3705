// Runs a syntax tree. One Interpreter renders once, on one thread; the tree and the globals outlive it.
// Throws Failure.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/jinja/ast.h"

namespace samovar::text::jinja {

// Variables of one scope.
struct Frame {
  std::shared_ptr<Frame> parent;
  std::unordered_map<std::string, Value> variables;
};

class Interpreter {
 public:
  // `date` as "2026-11-22", for strftime_now.
  Interpreter(const Dict& globals, std::string_view date);
  ~Interpreter();
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  [[nodiscard]] std::string run(const Body& body);
  [[nodiscard]] int line() const { return line_; }

  // For builtins.
  [[nodiscard]] Meter& meter() { return meter_; }
  [[nodiscard]] std::string_view date() const { return date_; }
  [[nodiscard]] Value call(const Value& callee, Arguments args);
  [[nodiscard]] Value apply_filter(const std::string& name, Value subject, Arguments args);
  [[nodiscard]] bool apply_test(const std::string& name, Value subject, Arguments args);
  // object.name and object[key], undefined when there is no such thing; fails on undefined objects.
  [[nodiscard]] Value attribute(const Value& object, const std::string& name);
  [[nodiscard]] Value item(const Value& object, const Value& key);
  [[nodiscard]] Value make_namespace();
  // A string value, counted against the limits.
  [[nodiscard]] Value text(std::string value);

 private:
  enum class Flow { kNormal, kBreak, kContinue };
  class Depth;
  class FrameScope;
  class Capture;

  Flow run_body(const Body& body);
  Flow run_statement(const Stmt& stmt);
  Flow run_if(const Stmt& stmt);
  Flow run_for(const Stmt& stmt);
  Flow run_loop(const Stmt& stmt, const Value& iterable, int level);
  Flow run_scoped(const Body& body);
  bool iterate(const Stmt& stmt, const std::vector<Value>& items, const std::shared_ptr<Loop>& loop);
  std::vector<Value> filtered_items(const Stmt& stmt, std::vector<Value> items);
  bool passes_test(const Stmt& stmt, const Value& item);
  void run_set_block(const Stmt& stmt);
  void run_call_block(const Stmt& stmt);
  void run_filter_block(const Stmt& stmt);
  Flow run_with(const Stmt& stmt);
  void print(std::string_view text);
  void assign(const Expr& target, const Value& value);
  std::string captured(const Body& body);

  Value make_macro(const Macro& macro);
  Value run_macro(const Macro& macro, const std::shared_ptr<Frame>& closure, Arguments& args);
  void bind_parameters(const Macro& macro, Arguments& args);
  void bind_extra(const Macro& macro, Arguments& args);

  Value evaluate(const Expr& expr);
  Value evaluate_node(const Expr& expr);
  Value evaluate_name(const Expr& expr);
  Value evaluate_dict(const Expr& expr);
  Value evaluate_slice(const Expr& expr);
  Value evaluate_call(const Expr& expr);
  Value evaluate_compare(const Expr& expr);
  Value evaluate_filter(const Expr& expr, Value subject);
  Value evaluate_filter_chain(const Expr& expr, Value input);
  std::vector<Value> evaluate_all(const std::vector<ExprPtr>& exprs);
  Arguments evaluate_arguments(const CallArguments& args);
  const Value* find_variable(const std::string& name) const;

  const Dict& globals_;
  std::string date_;
  Meter meter_;
  Text output_;
  Text* out_ = &output_;
  std::shared_ptr<Frame> frame_;
  int calls_ = 0;
  int line_ = 0;
  // Owners of everything that can take part in a cycle; emptied at the end.
  std::vector<std::shared_ptr<Dict>> namespaces_;
  std::vector<std::shared_ptr<Frame>> closures_;
};

}  // namespace samovar::text::jinja
