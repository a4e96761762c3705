// The expression half of Interpreter.
#include <algorithm>

#include "text/jinja/builtins.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/interpreter_scopes.h"
#include "text/jinja/operators.h"
#include "text/jinja/print.h"
#include "text/jinja/unicode.h"

namespace samovar::text::jinja {
namespace {

bool holds(const std::string& op, const Value& a, const Value& b, Meter& meter) {
  if (op == "==") return equal(a, b, meter);
  if (op == "!=") return !equal(a, b, meter);
  if (op == "in") return is_in(a, b, meter);
  if (op == "not in") return !is_in(a, b, meter);
  const int order = compare(a, b, meter);
  if (op == "<") return order < 0;
  if (op == "<=") return order <= 0;
  return op == ">" ? order > 0 : order >= 0;
}

[[noreturn]] void fail_undefined(const Value& value) {
  fail(value.why().why ? *value.why().why : "an undefined value is used");
}

Value loop_attribute(const Loop& loop, std::string_view name) {
  const auto integer = [](size_t n) { return Value(static_cast<int64_t>(n)); };
  const size_t last = loop.items.size() - 1;
  if (name == "index") return integer(loop.index0 + 1);
  if (name == "index0") return integer(loop.index0);
  if (name == "revindex") return integer(loop.items.size() - loop.index0);
  if (name == "revindex0") return integer(last - loop.index0);
  if (name == "first") return Value(loop.index0 == 0);
  if (name == "last") return Value(loop.index0 == last);
  if (name == "length") return integer(loop.items.size());
  if (name == "depth") return Value(int64_t{loop.level});
  if (name == "depth0") return Value(int64_t{loop.level - 1});
  if (name == "previtem") {
    return loop.index0 > 0 ? loop.items[loop.index0 - 1] : Value::undefined("there is no previous item");
  }
  if (name == "nextitem") {
    return loop.index0 < last ? loop.items[loop.index0 + 1] : Value::undefined("there is no next item");
  }
  return Value::undefined("'loop' has no attribute '" + std::string(name) + "'");
}

Value loop_cycle(const std::shared_ptr<Loop>& loop) {
  auto function = std::make_shared<Function>();
  function->name = "cycle";
  function->depth = loop->depth + 1;
  function->call = [loop](Interpreter&, Arguments& args) {
    if (args.positional.empty()) fail("no items for cycling given");
    return args.positional[loop->index0 % args.positional.size()];
  };
  return Value(std::move(function));
}

Value loop_changed(const std::shared_ptr<Loop>& loop) {
  auto function = std::make_shared<Function>();
  function->name = "changed";
  function->depth = loop->depth + 1;
  function->call = [loop](Interpreter& run, Arguments& args) {
    Value now = Value::tuple(args.positional);
    const bool changed = loop->changed.is_undefined() || !equal(loop->changed, now, run.meter());
    loop->depth = std::max(loop->depth, now.depth() + 1);
    if (loop->depth > kMaxNesting) fail("a value is nested deeper than 200 levels");
    loop->changed = std::move(now);
    return Value(changed);
  };
  return Value(std::move(function));
}

Value missing(const Value& object, const std::string& name) {
  return Value::undefined("'" + std::string(object.type_name()) + " object' has no attribute '" + name + "'");
}

}  // namespace

Value Interpreter::evaluate(const Expr& expr) {
  const Depth depth(*this);
  meter_.steps();
  line_ = expr.line;
  return evaluate_node(expr);
}

Value Interpreter::evaluate_node(const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::kConst:
      return expr.value;
    case Expr::Kind::kName:
      return evaluate_name(expr);
    case Expr::Kind::kList:
      return Value::list(evaluate_all(expr.kids));
    case Expr::Kind::kTuple:
      return Value::tuple(evaluate_all(expr.kids));
    case Expr::Kind::kDict:
      return evaluate_dict(expr);
    case Expr::Kind::kAttr:
      return attribute(evaluate(*expr.kids[0]), expr.text);
    case Expr::Kind::kItem: {
      const Value object = evaluate(*expr.kids[0]);
      return item(object, evaluate(*expr.kids[1]));
    }
    case Expr::Kind::kSlice:
      return evaluate_slice(expr);
    case Expr::Kind::kCall:
      return evaluate_call(expr);
    case Expr::Kind::kFilter:
      return evaluate_filter(expr, evaluate(*expr.kids[0]));
    case Expr::Kind::kTest: {
      Value subject = evaluate(*expr.kids[0]);
      return Value(apply_test(expr.text, std::move(subject), evaluate_arguments(expr.args)));
    }
    case Expr::Kind::kNot:
      return Value(!evaluate(*expr.kids[0]).truthy());
    case Expr::Kind::kNegate:
      return negate(evaluate(*expr.kids[0]));
    case Expr::Kind::kPlus:
      return negate(negate(evaluate(*expr.kids[0])));
    case Expr::Kind::kBinary: {
      const Value a = evaluate(*expr.kids[0]);
      const Value b = evaluate(*expr.kids[1]);
      return binary(expr.text, a, b, meter_);
    }
    case Expr::Kind::kCompare:
      return evaluate_compare(expr);
    case Expr::Kind::kConcat: {
      Text joined;
      for (const ExprPtr& kid : expr.kids) joined.add(to_text(evaluate(*kid)));
      return text(joined.take());
    }
    case Expr::Kind::kAnd: {
      Value a = evaluate(*expr.kids[0]);
      return a.truthy() ? evaluate(*expr.kids[1]) : a;
    }
    case Expr::Kind::kOr: {
      Value a = evaluate(*expr.kids[0]);
      return a.truthy() ? a : evaluate(*expr.kids[1]);
    }
    case Expr::Kind::kChoice: {
      if (evaluate(*expr.kids[0]).truthy()) return evaluate(*expr.kids[1]);
      if (expr.kids[2] != nullptr) return evaluate(*expr.kids[2]);
      return Value::undefined("the inline if-expression evaluated to false and no else section was defined");
    }
  }
  return {};
}

const Value* Interpreter::find_variable(const std::string& name) const {
  for (const Frame* frame = frame_.get(); frame != nullptr; frame = frame->parent.get()) {
    const auto found = frame->variables.find(name);
    if (found != frame->variables.end()) return &found->second;
  }
  return globals_.find(name);
}

Value Interpreter::evaluate_name(const Expr& expr) {
  if (const Value* variable = find_variable(expr.text)) return *variable;
  if (const Builtin* builtin = find_global(expr.text)) return bound(*builtin, Value());
  return Value::undefined("'" + expr.text + "' is undefined");
}

Value Interpreter::evaluate_dict(const Expr& expr) {
  auto dict = std::make_shared<Dict>();
  for (size_t i = 0; i < expr.kids.size(); i += 2) {
    const Value key = evaluate(*expr.kids[i]);
    dict->set(key, evaluate(*expr.kids[i + 1]), meter_);
  }
  return Value(std::move(dict));
}

Value Interpreter::evaluate_slice(const Expr& expr) {
  const Value object = evaluate(*expr.kids[0]);
  const auto bound_at = [&](size_t i) {
    return expr.kids[i] != nullptr ? evaluate(*expr.kids[i]) : Value(None{});
  };
  SliceBounds bounds;
  bounds.start = bound_at(1);
  bounds.stop = bound_at(2);
  bounds.step = bound_at(3);
  if (object.is_undefined()) fail_undefined(object);
  return slice(object, bounds, meter_);
}

std::vector<Value> Interpreter::evaluate_all(const std::vector<ExprPtr>& exprs) {
  std::vector<Value> values;
  values.reserve(exprs.size());
  for (const ExprPtr& expr : exprs) values.push_back(evaluate(*expr));
  return values;
}

Arguments Interpreter::evaluate_arguments(const CallArguments& args) {
  Arguments values;
  values.positional = evaluate_all(args.positional);
  for (const auto& [name, expr] : args.named) values.named.emplace_back(name, evaluate(*expr));
  return values;
}

Value Interpreter::evaluate_call(const Expr& expr) {
  const Value callee = evaluate(*expr.kids[0]);
  Arguments args = evaluate_arguments(expr.args);
  line_ = expr.line;
  return call(callee, std::move(args));
}

Value Interpreter::evaluate_compare(const Expr& expr) {
  Value left = evaluate(*expr.kids[0]);
  for (size_t i = 0; i < expr.ops.size(); ++i) {
    Value right = evaluate(*expr.kids[i + 1]);
    if (!holds(expr.ops[i], left, right, meter_)) return Value(false);
    left = std::move(right);
  }
  return Value(true);
}

Value Interpreter::evaluate_filter(const Expr& expr, Value subject) {
  Arguments args = evaluate_arguments(expr.args);
  line_ = expr.line;
  return apply_filter(expr.text, std::move(subject), std::move(args));
}

Value Interpreter::evaluate_filter_chain(const Expr& expr, Value input) {
  if (expr.kids[0] != nullptr) input = evaluate_filter_chain(*expr.kids[0], std::move(input));
  return evaluate_filter(expr, std::move(input));
}

Value Interpreter::apply_filter(const std::string& name, Value subject, Arguments args) {
  const Builtin* builtin = find_filter(name);
  if (builtin == nullptr) fail_unsupported("no filter named '" + name + "'");
  return invoke(*builtin, *this, std::move(subject), std::move(args));
}

bool Interpreter::apply_test(const std::string& name, Value subject, Arguments args) {
  const Builtin* builtin = find_test(name);
  if (builtin == nullptr) fail_unsupported("no test named '" + name + "'");
  return invoke(*builtin, *this, std::move(subject), std::move(args)).truthy();
}

Value Interpreter::call(const Value& callee, Arguments args) {
  const Depth depth(*this);
  if (callee.is_undefined()) fail_undefined(callee);
  if (callee.is_loop() && callee.loop()->recurse) {
    if (args.positional.size() != 1) fail("loop() needs one argument");
    return callee.loop()->recurse(*this, args.positional[0]);
  }
  if (!callee.is_function()) fail("'" + std::string(callee.type_name()) + "' object is not callable");
  const std::shared_ptr<Function> function = callee.function();
  return function->call(*this, args);
}

Value Interpreter::attribute(const Value& object, const std::string& name) {
  if (object.is_undefined()) fail_undefined(object);
  if (object.is_loop()) {
    if (name == "cycle") return loop_cycle(object.loop());
    if (name == "changed") return loop_changed(object.loop());
    return loop_attribute(*object.loop(), name);
  }
  if (object.is_function()) {
    for (const auto& [key, value] : object.function()->attributes) {
      if (key == name) return value;
    }
    return missing(object, name);
  }
  if (const Builtin* method = find_method(object, name)) return bound(*method, object);
  if (object.is_dict() || object.is_namespace()) {
    if (const Value* value = object.dict().find(name)) return *value;
  }
  return missing(object, name);
}

Value Interpreter::item(const Value& object, const Value& key) {
  if (object.is_undefined()) fail_undefined(object);
  if (object.is_dict() || object.is_namespace()) {
    if (const Value* value = object.dict().find(key, meter_)) return *value;
  } else if (key.is_integral() && (object.is_sequence() || object.is_string())) {
    if (object.is_string()) meter_.steps(object.text().size() / 64);
    const size_t count = object.is_string() ? count_characters(object.text()) : object.items().size();
    const int64_t size = static_cast<int64_t>(count);
    const int64_t index = key.integer() < 0 ? key.integer() + size : key.integer();
    if (index >= 0 && index < size) {
      const auto i = static_cast<size_t>(index);
      return object.is_string() ? Value(characters(object.text())[i]) : object.items()[i];
    }
    return Value::undefined("'" + std::string(object.type_name()) + " object' has no element " +
                            to_text(key));
  }
  if (key.is_string()) return attribute(object, key.text());
  return missing(object, to_text(key));
}

}  // namespace samovar::text::jinja
