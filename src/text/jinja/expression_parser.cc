#include "text/jinja/expression_parser.h"

#include <algorithm>
#include <array>

namespace samovar::text::jinja {
namespace {

std::string describe(const Token& token) {
  switch (token.kind) {
    case Token::Kind::kData:
      return "text";
    case Token::Kind::kPrintBegin:
      return "'{{'";
    case Token::Kind::kPrintEnd:
      return "'}}'";
    case Token::Kind::kBlockBegin:
      return "'{%'";
    case Token::Kind::kBlockEnd:
      return "'%}'";
    case Token::Kind::kString:
      return "a string";
    case Token::Kind::kInt:
    case Token::Kind::kFloat:
      return "a number";
    case Token::Kind::kEnd:
      return "the end of the template";
    case Token::Kind::kName:
    case Token::Kind::kOperator:
      break;
  }
  return "'" + token.text + "'";
}

}  // namespace

ExpressionParser::Nest::Nest(ExpressionParser& parser) : parser_(parser) {
  if (++parser_.nesting_ > kMaxNesting) {
    --parser_.nesting_;
    parser_.fail_here("the template is nested deeper than 200 levels");
  }
}

void ExpressionParser::fail_here(const std::string& message) const {
  throw Failure{Code::kInvalidArgument, message, current().line};
}

void ExpressionParser::fail_unexpected(std::string_view expected) const {
  fail_here("expected " + std::string(expected) + ", found " + describe(current()));
}

Token ExpressionParser::take() {
  Token token = tokens_[pos_];
  if (pos_ + 1 < tokens_.size()) ++pos_;
  return token;
}

bool ExpressionParser::skip_operator(std::string_view op) {
  if (!is_operator(op)) return false;
  take();
  return true;
}

bool ExpressionParser::skip_name(std::string_view name) {
  if (!is_name(name)) return false;
  take();
  return true;
}

void ExpressionParser::expect_operator(std::string_view op) {
  if (!skip_operator(op)) fail_unexpected("'" + std::string(op) + "'");
}

std::string ExpressionParser::expect_name(std::string_view what) {
  if (current().kind != Kind::kName) fail_unexpected(what);
  return take().text;
}

ExprPtr ExpressionParser::make(Expr::Kind kind, int line) const {
  auto node = std::make_unique<Expr>();
  node->kind = kind;
  node->line = line;
  return node;
}

void ExpressionParser::add_kid(Expr& parent, ExprPtr kid) const {
  if (kid != nullptr) parent.depth = std::max(parent.depth, kid->depth + 1);
  if (parent.depth > kMaxNesting) fail_here("an expression is nested deeper than 200 levels");
  parent.kids.push_back(std::move(kid));
}

ExprPtr ExpressionParser::parse_expression(bool allow_choice) {
  const Nest nest(*this);
  return allow_choice ? parse_choice() : parse_or();
}

ExprPtr ExpressionParser::parse_choice() {
  ExprPtr node = parse_or();
  while (is_name("if")) {
    const int line = take().line;
    ExprPtr condition = parse_or();
    ExprPtr otherwise = skip_name("else") ? parse_expression() : nullptr;
    node = make(Expr::Kind::kChoice, line, std::move(condition), std::move(node), std::move(otherwise));
  }
  return node;
}

ExprPtr ExpressionParser::parse_or() {
  ExprPtr node = parse_and();
  while (is_name("or")) {
    const int line = take().line;
    node = make(Expr::Kind::kOr, line, std::move(node), parse_and());
  }
  return node;
}

ExprPtr ExpressionParser::parse_and() {
  ExprPtr node = parse_not();
  while (is_name("and")) {
    const int line = take().line;
    node = make(Expr::Kind::kAnd, line, std::move(node), parse_not());
  }
  return node;
}

ExprPtr ExpressionParser::parse_not() {
  if (!is_name("not")) return parse_compare();
  const Nest nest(*this);
  const int line = take().line;
  return make(Expr::Kind::kNot, line, parse_not());
}

ExprPtr ExpressionParser::parse_compare() {
  static constexpr std::array<std::string_view, 6> kOperators = {"==", "!=", "<", "<=", ">", ">="};
  const int line = current().line;
  ExprPtr node = make(Expr::Kind::kCompare, line, parse_sum());
  while (true) {
    const Token& token = current();
    if (token.kind == Kind::kOperator && std::count(kOperators.begin(), kOperators.end(), token.text) > 0) {
      node->ops.push_back(take().text);
    } else if (skip_name("in")) {
      node->ops.emplace_back("in");
    } else if (is_name("not") && next().kind == Kind::kName && next().text == "in") {
      take();
      take();
      node->ops.emplace_back("not in");
    } else {
      break;
    }
    add_kid(*node, parse_sum());
  }
  return node->ops.empty() ? std::move(node->kids[0]) : std::move(node);
}

ExprPtr ExpressionParser::parse_sum() {
  ExprPtr node = parse_concat();
  while (is_operator("+") || is_operator("-")) {
    const Token op = take();
    node = make(Expr::Kind::kBinary, op.line, std::move(node), parse_concat());
    node->text = op.text;
  }
  return node;
}

ExprPtr ExpressionParser::parse_concat() {
  ExprPtr first = parse_product();
  if (!is_operator("~")) return first;
  ExprPtr node = make(Expr::Kind::kConcat, current().line, std::move(first));
  while (skip_operator("~")) add_kid(*node, parse_product());
  return node;
}

ExprPtr ExpressionParser::parse_product() {
  ExprPtr node = parse_power();
  while (is_operator("*") || is_operator("/") || is_operator("//") || is_operator("%")) {
    const Token op = take();
    node = make(Expr::Kind::kBinary, op.line, std::move(node), parse_power());
    node->text = op.text;
  }
  return node;
}

ExprPtr ExpressionParser::parse_power() {
  ExprPtr node = parse_unary(true);
  while (is_operator("**")) {
    const Token op = take();
    node = make(Expr::Kind::kBinary, op.line, std::move(node), parse_unary(true));
    node->text = op.text;
  }
  return node;
}

ExprPtr ExpressionParser::parse_unary(bool with_filters) {
  ExprPtr node;
  if (is_operator("-") || is_operator("+")) {
    const Nest nest(*this);
    const Token op = take();
    node = make(op.text == "-" ? Expr::Kind::kNegate : Expr::Kind::kPlus, op.line, parse_unary(false));
  } else {
    node = parse_primary();
  }
  node = parse_postfix(std::move(node));
  return with_filters ? parse_filters(std::move(node)) : std::move(node);
}

ExprPtr ExpressionParser::parse_primary() {
  const int line = current().line;
  switch (current().kind) {
    case Kind::kName:
      return parse_name();
    case Kind::kString:
      return parse_strings();
    case Kind::kInt:
    case Kind::kFloat: {
      const Token token = take();
      ExprPtr node = make(Expr::Kind::kConst, line);
      node->value = token.kind == Kind::kInt ? Value(token.integer) : Value(token.real);
      return node;
    }
    default:
      break;
  }
  if (is_operator("[")) return parse_list();
  if (is_operator("{")) return parse_dict();
  if (!skip_operator("(")) fail_unexpected("an expression");
  const Nest nest(*this);
  ExprPtr node = parse_tuple({.in_parentheses = true});
  expect_operator(")");
  return node;
}

ExprPtr ExpressionParser::parse_name() {
  const Token token = take();
  ExprPtr node = make(Expr::Kind::kConst, token.line);
  if (token.text == "true" || token.text == "True") {
    node->value = Value(true);
  } else if (token.text == "false" || token.text == "False") {
    node->value = Value(false);
  } else if (token.text == "none" || token.text == "None") {
    node->value = Value(None{});
  } else {
    node->kind = Expr::Kind::kName;
    node->text = token.text;
    loops_seen_ += token.text == "loop";
    varargs_seen_ += token.text == "varargs";
    kwargs_seen_ += token.text == "kwargs";
    callers_seen_ += token.text == "caller";
  }
  return node;
}

ExprPtr ExpressionParser::parse_strings() {
  ExprPtr node = make(Expr::Kind::kConst, current().line);
  std::string text;
  while (current().kind == Kind::kString) text += take().text;
  node->value = Value(std::move(text));
  return node;
}

ExprPtr ExpressionParser::parse_list() {
  const Nest nest(*this);
  ExprPtr node = make(Expr::Kind::kList, take().line);
  while (!is_operator("]")) {
    if (!node->kids.empty()) {
      expect_operator(",");
      if (is_operator("]")) break;
    }
    add_kid(*node, parse_expression());
  }
  take();
  return node;
}

ExprPtr ExpressionParser::parse_dict() {
  const Nest nest(*this);
  ExprPtr node = make(Expr::Kind::kDict, take().line);
  while (!is_operator("}")) {
    if (!node->kids.empty()) {
      expect_operator(",");
      if (is_operator("}")) break;
    }
    add_kid(*node, parse_expression());
    expect_operator(":");
    add_kid(*node, parse_expression());
  }
  take();
  return node;
}

bool ExpressionParser::ends_tuple(const TupleRule& rule) const {
  if (current().kind == Kind::kPrintEnd || current().kind == Kind::kBlockEnd || is_operator(")")) return true;
  return !rule.stop_word.empty() && is_name(rule.stop_word);
}

ExprPtr ExpressionParser::parse_tuple(const TupleRule& rule) {
  ExprPtr tuple = make(Expr::Kind::kTuple, current().line);
  bool is_tuple = false;
  while (true) {
    if (ends_tuple(rule)) break;
    add_kid(*tuple, rule.names_only ? parse_primary() : parse_expression(rule.allow_choice));
    if (!skip_operator(",")) break;
    is_tuple = true;
  }
  if (is_tuple) return tuple;
  if (!tuple->kids.empty()) return std::move(tuple->kids[0]);
  if (!rule.in_parentheses) fail_unexpected("an expression");
  return tuple;
}

ExprPtr ExpressionParser::parse_postfix(ExprPtr node) {
  while (true) {
    if (is_operator(".") || is_operator("[")) {
      node = parse_subscript(std::move(node));
    } else if (is_operator("(")) {
      node = parse_call(std::move(node));
    } else {
      return node;
    }
  }
}

ExprPtr ExpressionParser::parse_postfix_expression() { return parse_postfix(parse_primary()); }

ExprPtr ExpressionParser::parse_filters(ExprPtr node) {
  while (true) {
    if (is_operator("|")) {
      take();
      node = parse_filter(std::move(node));
    } else if (is_name("is")) {
      take();
      node = parse_test(std::move(node));
    } else if (is_operator("(")) {
      node = parse_call(std::move(node));
    } else {
      return node;
    }
  }
}

ExprPtr ExpressionParser::parse_filter(ExprPtr node) {
  ExprPtr filter = make(Expr::Kind::kFilter, current().line, std::move(node));
  filter->text = expect_name("the name of a filter");
  while (skip_operator(".")) filter->text += "." + expect_name("the name of a filter");
  if (is_operator("(")) filter->args = parse_arguments(*filter);
  return filter;
}

ExprPtr ExpressionParser::parse_filter_chain() {
  ExprPtr node = parse_filter(nullptr);
  while (skip_operator("|")) node = parse_filter(std::move(node));
  return node;
}

bool ExpressionParser::starts_test_argument() const {
  if (current().kind == Kind::kName) {
    return !(is_name("else") || is_name("or") || is_name("and") || is_name("if") || is_name("in"));
  }
  const bool literal =
      current().kind == Kind::kString || current().kind == Kind::kInt || current().kind == Kind::kFloat;
  return literal || is_operator("[") || is_operator("{");
}

ExprPtr ExpressionParser::parse_test(ExprPtr node) {
  const int line = current().line;
  const bool negated = skip_name("not");
  ExprPtr test = make(Expr::Kind::kTest, line, std::move(node));
  test->text = expect_name("the name of a test");
  while (skip_operator(".")) test->text += "." + expect_name("the name of a test");
  if (is_operator("(")) {
    test->args = parse_arguments(*test);
  } else if (starts_test_argument()) {
    if (is_name("is")) fail_here("tests cannot be chained with 'is'");
    ExprPtr argument = parse_postfix(parse_primary());
    test->depth = std::max(test->depth, argument->depth + 1);
    test->args.positional.push_back(std::move(argument));
  }
  return negated ? make(Expr::Kind::kNot, line, std::move(test)) : std::move(test);
}

ExprPtr ExpressionParser::parse_optional_bound() {
  if (is_operator(":") || is_operator("]") || is_operator(",")) return nullptr;
  return parse_expression();
}

ExprPtr ExpressionParser::parse_subscript(ExprPtr node) {
  const Nest nest(*this);
  const Token open = take();
  if (open.text == ".") {
    const Token name = take();
    if (name.kind == Kind::kName) {
      ExprPtr attr = make(Expr::Kind::kAttr, open.line, std::move(node));
      attr->text = name.text;
      return attr;
    }
    if (name.kind != Kind::kInt) fail_unexpected("a name behind '.'");
    ExprPtr index = make(Expr::Kind::kConst, open.line);
    index->value = Value(name.integer);
    return make(Expr::Kind::kItem, open.line, std::move(node), std::move(index));
  }
  ExprPtr first = parse_optional_bound();
  if (is_operator("]") && first != nullptr) {
    take();
    return make(Expr::Kind::kItem, open.line, std::move(node), std::move(first));
  }
  ExprPtr slice = make(Expr::Kind::kSlice, open.line, std::move(node), std::move(first));
  expect_operator(":");
  add_kid(*slice, parse_optional_bound());
  add_kid(*slice, skip_operator(":") ? parse_optional_bound() : nullptr);
  expect_operator("]");
  return slice;
}

ExprPtr ExpressionParser::parse_call(ExprPtr node) {
  ExprPtr call = make(Expr::Kind::kCall, current().line, std::move(node));
  call->args = parse_arguments(*call);
  return call;
}

CallArguments ExpressionParser::parse_arguments(Expr& owner) {
  const Nest nest(*this);
  CallArguments args;
  expect_operator("(");
  while (!is_operator(")")) {
    if (!args.positional.empty() || !args.named.empty()) {
      expect_operator(",");
      if (is_operator(")")) break;
    }
    if (is_operator("*") || is_operator("**")) {
      throw Failure{Code::kUnsupported, "arguments given with * or ** are not supported", current().line};
    }
    const bool named = current().kind == Kind::kName && next().kind == Kind::kOperator && next().text == "=";
    if (!named && !args.named.empty()) fail_here("a positional argument stands behind a named one");
    std::string name;
    if (named) {
      name = take().text;
      take();
    }
    ExprPtr value = parse_expression();
    owner.depth = std::max(owner.depth, value->depth + 1);
    if (owner.depth > kMaxNesting) fail_here("an expression is nested deeper than 200 levels");
    if (named) {
      args.named.emplace_back(std::move(name), std::move(value));
    } else {
      args.positional.push_back(std::move(value));
    }
  }
  take();
  return args;
}

}  // namespace samovar::text::jinja
