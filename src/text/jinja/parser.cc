#include "text/jinja/parser.h"

#include <initializer_list>

#include "text/jinja/expression_parser.h"

namespace samovar::text::jinja {
namespace {

using StmtPtr = std::unique_ptr<Stmt>;
using Words = std::initializer_list<std::string_view>;

class StatementParser : public ExpressionParser {
 public:
  using ExpressionParser::ExpressionParser;

  Body run() {
    Body body = parse_body({});
    if (current().kind != Kind::kEnd) fail_unexpected("the end of the template");
    return body;
  }

 private:
  static bool among(const std::string& word, Words words) {
    for (const std::string_view candidate : words) {
      if (word == candidate) return true;
    }
    return false;
  }

  StmtPtr make_stmt(Stmt::Kind kind, int line) const {
    auto stmt = std::make_unique<Stmt>();
    stmt->kind = kind;
    stmt->line = line;
    return stmt;
  }

  void expect_block_end() {
    if (current().kind != Kind::kBlockEnd) fail_unexpected("'%}'");
    take();
  }

  // Statements up to a tag whose word is in `stop`; that "{%" is taken and the word is current().
  // With no stop words: up to the end of the template.
  Body parse_body(Words stop) {
    const Nest nest(*this);
    Body body;
    while (true) {
      const int line = current().line;
      switch (current().kind) {
        case Kind::kEnd:
          if (stop.size() != 0) fail_unexpected("{% " + std::string(*(stop.end() - 1)) + " %}");
          return body;
        case Kind::kData:
          body.push_back(make_stmt(Stmt::Kind::kData, line));
          body.back()->text = take().text;
          break;
        case Kind::kPrintBegin:
          take();
          body.push_back(make_stmt(Stmt::Kind::kPrint, line));
          body.back()->expr = parse_tuple({});
          if (current().kind != Kind::kPrintEnd) fail_unexpected("'}}'");
          take();
          break;
        default:
          take();  // {%
          if (current().kind != Kind::kName) fail_unexpected("the name of a tag");
          if (among(current().text, stop)) return body;
          body.push_back(parse_statement());
          break;
      }
    }
  }

  // Statements up to one of `stop`, its tag included; returns the word that ended them.
  std::string parse_block(Body& body, Words stop) {
    body = parse_body(stop);
    return take().text;
  }

  void parse_to_end(Body& body, std::string_view end) {
    parse_block(body, {end});
    if (end == "endblock" && current().kind == Kind::kName) take();
    expect_block_end();
  }

  StmtPtr parse_statement() {
    const Token tag = take();
    const std::string& word = tag.text;
    if (word == "if") return parse_if(tag.line);
    if (word == "for") return parse_for(tag.line);
    if (word == "set") return parse_set(tag.line);
    if (word == "macro") return parse_macro(tag.line);
    if (word == "call") return parse_call_block(tag.line);
    if (word == "filter") return parse_filter_block(tag.line);
    if (word == "with") return parse_with(tag.line);
    if (word == "generation" || word == "block" || word == "autoescape") return parse_scope(tag);
    if (word == "break" || word == "continue") {
      if (loop_depth_ == 0) fail_here("'" + word + "' outside of a loop");
      expect_block_end();
      return make_stmt(word == "break" ? Stmt::Kind::kBreak : Stmt::Kind::kContinue, tag.line);
    }
    if (among(word, {"include", "import", "from", "extends", "do", "trans"})) {
      throw Failure{Code::kUnsupported, "the tag '" + word + "' is not supported", tag.line};
    }
    throw Failure{Code::kInvalidArgument, "unknown tag '" + word + "'", tag.line};
  }

  StmtPtr parse_if(int line) {
    StmtPtr stmt = make_stmt(Stmt::Kind::kIf, line);
    std::string word = "elif";
    while (word == "elif") {
      Branch branch;
      branch.condition = parse_tuple({.allow_choice = false});
      expect_block_end();
      word = parse_block(branch.body, {"elif", "else", "endif"});
      stmt->branches.push_back(std::move(branch));
    }
    expect_block_end();
    if (word == "else") parse_to_end(stmt->otherwise, "endif");
    return stmt;
  }

  ExprPtr parse_target(std::string_view stop_word) {
    ExprPtr target = parse_tuple({.stop_word = stop_word, .names_only = true});
    check_target(*target);
    return target;
  }

  void check_target(const Expr& target) const {
    if (target.kind == Expr::Kind::kTuple || target.kind == Expr::Kind::kList) {
      for (const ExprPtr& kid : target.kids) check_target(*kid);
    } else if (target.kind != Expr::Kind::kName) {
      fail_here("only names can be assigned to");
    }
  }

  StmtPtr parse_for(int line) {
    StmtPtr stmt = make_stmt(Stmt::Kind::kFor, line);
    stmt->target = parse_target("in");
    if (!skip_name("in")) fail_unexpected("'in'");
    stmt->expr = parse_tuple({.stop_word = "recursive", .allow_choice = false});
    if (skip_name("if")) stmt->test = parse_expression();
    stmt->recursive = skip_name("recursive");
    expect_block_end();
    const int before = loops_seen_;
    ++loop_depth_;
    const std::string word = parse_block(stmt->body, {"else", "endfor"});
    --loop_depth_;
    stmt->uses_loop = loops_seen_ != before || stmt->recursive;
    expect_block_end();
    if (word == "else") parse_to_end(stmt->otherwise, "endfor");
    return stmt;
  }

  ExprPtr parse_set_target() {
    const bool attribute =
        current().kind == Kind::kName && next().kind == Kind::kOperator && next().text == ".";
    if (!attribute) return parse_target({});
    const int line = current().line;
    ExprPtr object = make(Expr::Kind::kName, line);
    object->text = take().text;
    take();
    ExprPtr target = make(Expr::Kind::kAttr, line, std::move(object));
    target->text = expect_name("the name of an attribute");
    return target;
  }

  StmtPtr parse_set(int line) {
    StmtPtr stmt = make_stmt(Stmt::Kind::kSet, line);
    stmt->target = parse_set_target();
    if (skip_operator("=")) {
      stmt->expr = parse_tuple({});
      expect_block_end();
      return stmt;
    }
    stmt->kind = Stmt::Kind::kSetBlock;
    if (skip_operator("|")) stmt->expr = parse_filter_chain();
    expect_block_end();
    parse_to_end(stmt->body, "endset");
    return stmt;
  }

  std::vector<Parameter> parse_parameters() {
    std::vector<Parameter> parameters;
    expect_operator("(");
    while (!is_operator(")")) {
      if (!parameters.empty()) {
        expect_operator(",");
        if (is_operator(")")) break;
      }
      Parameter parameter;
      parameter.name = expect_name("the name of a parameter");
      if (skip_operator("=")) {
        parameter.fallback = parse_expression();
      } else if (!parameters.empty() && parameters.back().fallback != nullptr) {
        fail_here("a parameter without a default stands behind one with a default");
      }
      parameters.push_back(std::move(parameter));
    }
    take();
    return parameters;
  }

  void parse_macro_body(Macro& macro, std::string_view end) {
    const int varargs = varargs_seen_;
    const int kwargs = kwargs_seen_;
    const int callers = callers_seen_;
    const int loops = std::exchange(loop_depth_, 0);
    parse_to_end(macro.body, end);
    loop_depth_ = loops;
    macro.uses_varargs = varargs_seen_ != varargs;
    macro.uses_kwargs = kwargs_seen_ != kwargs;
    macro.uses_caller = callers_seen_ != callers;
  }

  StmtPtr parse_macro(int line) {
    StmtPtr stmt = make_stmt(Stmt::Kind::kMacro, line);
    stmt->macro.name = expect_name("the name of a macro");
    stmt->macro.parameters = parse_parameters();
    expect_block_end();
    parse_macro_body(stmt->macro, "endmacro");
    return stmt;
  }

  StmtPtr parse_call_block(int line) {
    StmtPtr stmt = make_stmt(Stmt::Kind::kCallBlock, line);
    stmt->macro.name = "caller";
    if (is_operator("(")) stmt->macro.parameters = parse_parameters();
    stmt->expr = parse_postfix_expression();
    if (stmt->expr->kind != Expr::Kind::kCall) fail_here("expected a call behind 'call'");
    expect_block_end();
    parse_macro_body(stmt->macro, "endcall");
    return stmt;
  }

  StmtPtr parse_filter_block(int line) {
    StmtPtr stmt = make_stmt(Stmt::Kind::kFilterBlock, line);
    stmt->expr = parse_filter_chain();
    expect_block_end();
    parse_to_end(stmt->body, "endfilter");
    return stmt;
  }

  StmtPtr parse_with(int line) {
    StmtPtr stmt = make_stmt(Stmt::Kind::kWith, line);
    while (current().kind != Kind::kBlockEnd) {
      if (!stmt->bindings.empty()) expect_operator(",");
      ExprPtr target = parse_primary();
      check_target(*target);
      expect_operator("=");
      stmt->bindings.emplace_back(std::move(target), parse_expression());
    }
    expect_block_end();
    parse_to_end(stmt->body, "endwith");
    return stmt;
  }

  StmtPtr parse_scope(const Token& tag) {
    StmtPtr stmt = make_stmt(Stmt::Kind::kScope, tag.line);
    while (current().kind != Kind::kBlockEnd && current().kind != Kind::kEnd) take();  // a name, a flag
    expect_block_end();
    parse_to_end(stmt->body, "end" + tag.text);
    return stmt;
  }

  int loop_depth_ = 0;
};

}  // namespace

Body parse_template(std::string_view source) { return StatementParser(tokenize(source)).run(); }

}  // namespace samovar::text::jinja
