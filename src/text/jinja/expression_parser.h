// The expression half of the parser, and the token cursor that both halves share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/ast.h"
#include "text/jinja/lexer.h"

namespace samovar::text::jinja {

// How a comma-separated list may end and what it may hold.
struct TupleRule {
  std::string_view stop_word = {};  // a name that ends the list, or empty
  bool allow_choice = true;         // "a if b else c" inside
  bool in_parentheses = false;      // may be empty
  bool names_only = false;          // assignment targets
};

class ExpressionParser {
 public:
  explicit ExpressionParser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  ExprPtr parse_expression(bool allow_choice = true);
  ExprPtr parse_tuple(const TupleRule& rule);
  // `text` with filters applied, from behind the first name: "upper | trim". For filter blocks.
  ExprPtr parse_filter_chain();
  ExprPtr parse_postfix_expression();  // a call, for call blocks
  ExprPtr parse_primary();

 protected:
  using Kind = Token::Kind;

  const Token& current() const { return tokens_[pos_]; }
  const Token& next() const { return tokens_[std::min(pos_ + 1, tokens_.size() - 1)]; }
  Token take();
  bool is_operator(std::string_view op) const {
    return current().kind == Kind::kOperator && current().text == op;
  }
  bool is_name(std::string_view name) const {
    return current().kind == Kind::kName && current().text == name;
  }
  bool skip_operator(std::string_view op);
  bool skip_name(std::string_view name);
  void expect_operator(std::string_view op);
  std::string expect_name(std::string_view what);
  [[noreturn]] void fail_here(const std::string& message) const;
  [[noreturn]] void fail_unexpected(std::string_view expected) const;

  // Counts one level of nesting for as long as it lives.
  class Nest {
   public:
    explicit Nest(ExpressionParser& parser);
    ~Nest() { --parser_.nesting_; }
    Nest(const Nest&) = delete;
    Nest& operator=(const Nest&) = delete;

   private:
    ExpressionParser& parser_;
  };

  ExprPtr make(Expr::Kind kind, int line) const;
  template <typename... Kids>
  ExprPtr make(Expr::Kind kind, int line, Kids... kids) const;
  void add_kid(Expr& parent, ExprPtr kid) const;

  std::vector<Token> tokens_;
  size_t pos_ = 0;
  int nesting_ = 0;
  // How often each of these names was read so far: tells what a body mentions.
  int loops_seen_ = 0;
  int varargs_seen_ = 0;
  int kwargs_seen_ = 0;
  int callers_seen_ = 0;

 private:
  ExprPtr parse_choice();
  ExprPtr parse_or();
  ExprPtr parse_and();
  ExprPtr parse_not();
  ExprPtr parse_compare();
  ExprPtr parse_sum();
  ExprPtr parse_concat();
  ExprPtr parse_product();
  ExprPtr parse_power();
  ExprPtr parse_unary(bool with_filters);
  ExprPtr parse_name();
  ExprPtr parse_strings();
  ExprPtr parse_list();
  ExprPtr parse_dict();
  ExprPtr parse_postfix(ExprPtr node);
  ExprPtr parse_filters(ExprPtr node);
  ExprPtr parse_filter(ExprPtr node);
  ExprPtr parse_test(ExprPtr node);
  ExprPtr parse_subscript(ExprPtr node);
  ExprPtr parse_call(ExprPtr node);
  ExprPtr parse_optional_bound();
  CallArguments parse_arguments(Expr& owner);
  bool starts_test_argument() const;
  bool ends_tuple(const TupleRule& rule) const;
};

template <typename... Kids>
ExprPtr ExpressionParser::make(Expr::Kind kind, int line, Kids... kids) const {
  ExprPtr node = make(kind, line);
  (add_kid(*node, std::move(kids)), ...);
  return node;
}

}  // namespace samovar::text::jinja
