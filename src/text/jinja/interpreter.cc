#include "text/jinja/interpreter.h"

#include <algorithm>

#include "text/jinja/builtins.h"
#include "text/jinja/interpreter_scopes.h"
#include "text/jinja/print.h"

namespace samovar::text::jinja {

Interpreter::Interpreter(const Dict& globals, std::string_view date)
    : globals_(globals), date_(date), frame_(std::make_shared<Frame>()) {}

Interpreter::~Interpreter() {
  for (const auto& space : namespaces_) space->clear();
  for (const auto& frame : closures_) frame->variables.clear();
}

std::string Interpreter::run(const Body& body) {
  run_body(body);
  return output_.take();
}

Value Interpreter::text(std::string value) {
  if (value.size() > kMaxText) fail("the template makes a text over 32 MB");
  meter_.text(value.size());
  return Value(std::move(value));
}

Value Interpreter::make_namespace() {
  namespaces_.push_back(std::make_shared<Dict>(Dict::Kind::kNamespace));
  return Value(namespaces_.back());
}

void Interpreter::print(std::string_view text) {
  meter_.text(text.size());
  out_->add(text);
}

std::string Interpreter::captured(const Body& body) {
  Capture capture(*this);
  run_body(body);
  return capture.take();
}

Interpreter::Flow Interpreter::run_body(const Body& body) {
  const Depth depth(*this);
  for (const auto& stmt : body) {
    if (const Flow flow = run_statement(*stmt); flow != Flow::kNormal) return flow;
  }
  return Flow::kNormal;
}

Interpreter::Flow Interpreter::run_statement(const Stmt& stmt) {
  line_ = stmt.line;
  meter_.steps();
  switch (stmt.kind) {
    case Stmt::Kind::kData:
      print(stmt.text);
      break;
    case Stmt::Kind::kPrint:
      print(to_text(evaluate(*stmt.expr)));
      break;
    case Stmt::Kind::kIf:
      return run_if(stmt);
    case Stmt::Kind::kFor:
      return run_for(stmt);
    case Stmt::Kind::kSet:
      assign(*stmt.target, evaluate(*stmt.expr));
      break;
    case Stmt::Kind::kSetBlock:
      run_set_block(stmt);
      break;
    case Stmt::Kind::kMacro:
      frame_->variables[stmt.macro.name] = make_macro(stmt.macro);
      break;
    case Stmt::Kind::kCallBlock:
      run_call_block(stmt);
      break;
    case Stmt::Kind::kFilterBlock:
      run_filter_block(stmt);
      break;
    case Stmt::Kind::kWith:
      return run_with(stmt);
    case Stmt::Kind::kScope:
      return run_scoped(stmt.body);
    case Stmt::Kind::kBreak:
      return Flow::kBreak;
    case Stmt::Kind::kContinue:
      return Flow::kContinue;
  }
  return Flow::kNormal;
}

Interpreter::Flow Interpreter::run_if(const Stmt& stmt) {
  for (const Branch& branch : stmt.branches) {
    if (evaluate(*branch.condition).truthy()) return run_body(branch.body);
  }
  return run_body(stmt.otherwise);
}

Interpreter::Flow Interpreter::run_scoped(const Body& body) {
  const FrameScope scope(*this, frame_);
  return run_body(body);
}

Interpreter::Flow Interpreter::run_for(const Stmt& stmt) { return run_loop(stmt, evaluate(*stmt.expr), 1); }

bool Interpreter::passes_test(const Stmt& stmt, const Value& item) {
  const FrameScope scope(*this, frame_);
  assign(*stmt.target, item);
  return evaluate(*stmt.test).truthy();
}

std::vector<Value> Interpreter::filtered_items(const Stmt& stmt, std::vector<Value> items) {
  std::vector<Value> kept;
  for (Value& item : items) {
    if (passes_test(stmt, item)) kept.push_back(std::move(item));
  }
  return kept;
}

Interpreter::Flow Interpreter::run_loop(const Stmt& stmt, const Value& iterable, int level) {
  const Depth depth(*this);
  std::vector<Value> items = elements(iterable, meter_);
  if (!stmt.uses_loop) {
    // The test runs between the rounds, as it may depend on what the body does.
    if (!iterate(stmt, items, nullptr)) return run_scoped(stmt.otherwise);
    return Flow::kNormal;
  }
  auto loop = std::make_shared<Loop>();
  loop->level = level;
  loop->items = stmt.test != nullptr ? filtered_items(stmt, std::move(items)) : std::move(items);
  for (const Value& item : loop->items) loop->depth = std::max(loop->depth, item.depth() + 1);
  if (loop->depth > kMaxNesting) fail("a value is nested deeper than 200 levels");
  if (stmt.recursive) {
    loop->recurse = [&stmt, level](Interpreter& run, const Value& inner) {
      Capture capture(run);
      run.run_loop(stmt, inner, level + 1);
      return run.text(capture.take());
    };
  }
  return iterate(stmt, loop->items, loop) ? Flow::kNormal : run_scoped(stmt.otherwise);
}

// Returns whether there was any round.
bool Interpreter::iterate(const Stmt& stmt, const std::vector<Value>& items,
                          const std::shared_ptr<Loop>& loop) {
  bool any = false;
  for (size_t i = 0; i < items.size(); ++i) {
    meter_.steps();
    if (loop == nullptr && stmt.test != nullptr && !passes_test(stmt, items[i])) continue;
    any = true;
    const FrameScope scope(*this, frame_);
    assign(*stmt.target, items[i]);
    if (loop != nullptr) {
      loop->index0 = i;
      frame_->variables["loop"] = Value(loop);
    }
    if (run_body(stmt.body) == Flow::kBreak) break;
  }
  return any;
}

void Interpreter::assign(const Expr& target, const Value& value) {
  if (target.kind == Expr::Kind::kName) {
    frame_->variables[target.text] = value;
    return;
  }
  if (target.kind == Expr::Kind::kAttr) {
    Value object = evaluate(*target.kids[0]);
    if (!object.is_namespace()) fail("cannot assign attribute '" + target.text + "': not a namespace object");
    object.dict().set(target.text, value);
    return;
  }
  const std::vector<Value> items = elements(value, meter_);
  if (items.size() != target.kids.size()) {
    fail("expected " + std::to_string(target.kids.size()) + " values to unpack, found " +
         std::to_string(items.size()));
  }
  for (size_t i = 0; i < items.size(); ++i) assign(*target.kids[i], items[i]);
}

void Interpreter::run_set_block(const Stmt& stmt) {
  Value value;
  {
    const FrameScope scope(*this, frame_);
    value = text(captured(stmt.body));
    if (stmt.expr != nullptr) value = evaluate_filter_chain(*stmt.expr, std::move(value));
  }
  assign(*stmt.target, value);
}

void Interpreter::run_filter_block(const Stmt& stmt) {
  const FrameScope scope(*this, frame_);
  Value input = text(captured(stmt.body));
  print(to_text(evaluate_filter_chain(*stmt.expr, std::move(input))));
}

Interpreter::Flow Interpreter::run_with(const Stmt& stmt) {
  std::vector<Value> values;
  for (const auto& binding : stmt.bindings) values.push_back(evaluate(*binding.second));
  const FrameScope scope(*this, frame_);
  for (size_t i = 0; i < values.size(); ++i) assign(*stmt.bindings[i].first, values[i]);
  return run_body(stmt.body);
}

void Interpreter::run_call_block(const Stmt& stmt) {
  const Value callee = evaluate(*stmt.expr->kids[0]);
  Arguments args = evaluate_arguments(stmt.expr->args);
  args.named.emplace_back("caller", make_macro(stmt.macro));
  print(to_text(call(callee, std::move(args))));
}

Value Interpreter::make_macro(const Macro& macro) {
  auto function = std::make_shared<Function>();
  function->name = macro.name;
  function->attributes.emplace_back("name", Value(macro.name));
  closures_.push_back(frame_);
  function->call = [&macro, closure = frame_](Interpreter& run, Arguments& args) {
    return run.run_macro(macro, closure, args);
  };
  return Value(std::move(function));
}

Value Interpreter::run_macro(const Macro& macro, const std::shared_ptr<Frame>& closure, Arguments& args) {
  const Depth depth(*this);
  const int line = line_;
  const FrameScope scope(*this, closure);
  bind_parameters(macro, args);
  Value result = text(captured(macro.body));
  line_ = line;
  return result;
}

void Interpreter::bind_parameters(const Macro& macro, Arguments& args) {
  for (size_t i = 0; i < macro.parameters.size(); ++i) {
    const Parameter& parameter = macro.parameters[i];
    const auto named = std::find_if(args.named.begin(), args.named.end(),
                                    [&](const auto& entry) { return entry.first == parameter.name; });
    const bool positional = i < args.positional.size();
    if (positional && named != args.named.end()) {
      fail("macro '" + macro.name + "' takes its argument '" + parameter.name + "' only once");
    }
    if (positional) {
      frame_->variables[parameter.name] = args.positional[i];
    } else if (named != args.named.end()) {
      frame_->variables[parameter.name] = std::move(named->second);
      args.named.erase(named);
    } else if (parameter.fallback != nullptr) {
      frame_->variables[parameter.name] = evaluate(*parameter.fallback);
    } else {
      frame_->variables[parameter.name] =
          Value::undefined("parameter '" + parameter.name + "' was not provided");
    }
  }
  bind_extra(macro, args);
}

void Interpreter::bind_extra(const Macro& macro, Arguments& args) {
  const auto caller = std::find_if(args.named.begin(), args.named.end(),
                                   [](const auto& entry) { return entry.first == "caller"; });
  if (macro.uses_caller) {
    frame_->variables["caller"] =
        caller != args.named.end() ? caller->second : Value::undefined("No caller defined");
    if (caller != args.named.end()) args.named.erase(caller);
  }
  if (macro.uses_kwargs) {
    auto extra = std::make_shared<Dict>();
    for (auto& [name, value] : args.named) extra->set(name, std::move(value));
    frame_->variables["kwargs"] = Value(std::move(extra));
  } else if (!args.named.empty()) {
    fail("macro '" + macro.name + "' takes no keyword argument '" + args.named.front().first + "'");
  }
  const size_t taken = std::min(args.positional.size(), macro.parameters.size());
  if (macro.uses_varargs) {
    frame_->variables["varargs"] =
        Value::tuple({args.positional.begin() + static_cast<ptrdiff_t>(taken), args.positional.end()});
  } else if (args.positional.size() > taken) {
    fail("macro '" + macro.name + "' takes not more than " + std::to_string(taken) + " argument(s)");
  }
}

}  // namespace samovar::text::jinja
