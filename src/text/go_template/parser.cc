#include "text/go_template/parser.h"

#include "text/go_template/lexer.h"

namespace samovar::text::go_template {
namespace {

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Templates run() {
    NodeList main = parse_list(Stop::kEndOfSource);
    templates_[""] = std::move(main);
    return std::move(templates_);
  }

 private:
  using Kind = Token::Kind;
  enum class Stop { kEndOfSource, kEnd, kElseOrEnd };

  class Nest {
   public:
    explicit Nest(Parser& parser) : parser_(parser) {
      if (++parser_.nesting_ > kMaxNesting) {
        --parser_.nesting_;
        parser_.fail_here("the template is nested deeper than 200 levels");
      }
    }
    ~Nest() { --parser_.nesting_; }
    Nest(const Nest&) = delete;
    Nest& operator=(const Nest&) = delete;

   private:
    Parser& parser_;
  };

  [[noreturn]] void fail_here(const std::string& message) const {
    throw Failure{Code::kInvalidArgument, message, current().line};
  }
  [[noreturn]] void fail_unexpected(const std::string& expected) const {
    static constexpr std::string_view kNames[] = {"text", "'{{'", "'}}'"};
    const auto kind = static_cast<size_t>(current().kind);
    const std::string found = kind < std::size(kNames)       ? std::string(kNames[kind])
                              : current().kind == Kind::kEnd ? "the end of the template"
                                                             : "'" + current().text + "'";
    fail_here("expected " + expected + ", found " + found);
  }

  const Token& current() const { return tokens_[pos_]; }
  const Token& next() const { return tokens_[std::min(pos_ + 1, tokens_.size() - 1)]; }
  Token take() {
    Token token = tokens_[pos_];
    if (pos_ + 1 < tokens_.size()) ++pos_;
    return token;
  }
  bool is_symbol(std::string_view symbol) const {
    return current().kind == Kind::kSymbol && current().text == symbol;
  }
  bool is_word(std::string_view word) const {
    return current().kind == Kind::kWord && current().text == word;
  }
  bool skip_symbol(std::string_view symbol) {
    if (!is_symbol(symbol)) return false;
    take();
    return true;
  }
  void expect_close() {
    if (current().kind != Kind::kClose) fail_unexpected("'}}'");
    take();
  }

  std::unique_ptr<Node> make(Node::Kind kind, int line) const {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->line = line;
    return node;
  }

  // Nodes up to {{ end }} (or {{ else), whose "{{" is taken; the word is current().
  NodeList parse_list(Stop stop) {
    const Nest nest(*this);
    NodeList list;
    while (true) {
      const int line = current().line;
      if (current().kind == Kind::kEnd) {
        if (stop != Stop::kEndOfSource) fail_unexpected("{{ end }}");
        return list;
      }
      if (current().kind == Kind::kText) {
        list.push_back(make(Node::Kind::kText, line));
        list.back()->text = take().text;
        continue;
      }
      take();  // {{
      const bool stops =
          (stop != Stop::kEndOfSource && is_word("end")) || (stop == Stop::kElseOrEnd && is_word("else"));
      if (stops) return list;
      parse_action(list);
    }
  }

  void parse_end() {
    if (!is_word("end")) fail_unexpected("'end'");
    take();
    expect_close();
  }

  void parse_action(NodeList& list) {
    const int line = current().line;
    const std::string word = current().kind == Kind::kWord ? current().text : std::string();
    if (word == "end" || word == "else") fail_here("unexpected {{ " + word + " }}");
    if (word == "if" || word == "with" || word == "range") return parse_branch(list);
    if (word == "define") return parse_define();
    if (word == "template" || word == "block") return parse_template(list, word == "block");
    if (word == "break" || word == "continue") {
      if (loops_ == 0) fail_here("{{ " + word + " }} outside of {{ range }}");
      take();
      list.push_back(make(word == "break" ? Node::Kind::kBreak : Node::Kind::kContinue, line));
      return expect_close();
    }
    list.push_back(make(Node::Kind::kAction, line));
    list.back()->pipe = parse_pipe(false);
    expect_close();
  }

  void parse_branch(NodeList& list) {
    const Nest nest(*this);
    const Token word = take();
    const bool range = word.text == "range";
    auto node = make(range ? Node::Kind::kRange : (word.text == "if" ? Node::Kind::kIf : Node::Kind::kWith),
                     word.line);
    node->pipe = parse_pipe(range);
    expect_close();
    loops_ += range;
    node->list = parse_list(Stop::kElseOrEnd);
    loops_ -= range;
    if (is_word("else")) {
      take();
      if (!range && is_word(word.text)) {  // {{ else if x }} is {{ else }}{{ if x }} with one {{ end }}
        parse_branch(node->otherwise);
        list.push_back(std::move(node));
        return;
      }
      expect_close();
      node->otherwise = parse_list(Stop::kEnd);
    }
    parse_end();
    list.push_back(std::move(node));
  }

  std::string parse_template_name() {
    if (current().kind != Kind::kConst || !current().value.is_string())
      fail_unexpected("the template's name in quotes");
    return take().value.text();
  }

  void parse_define() {
    if (nesting_ > 1) fail_here("{{ define }} inside of another action");
    take();
    const std::string name = parse_template_name();
    expect_close();
    NodeList body = parse_list(Stop::kEnd);
    parse_end();
    templates_[name] = std::move(body);
  }

  void parse_template(NodeList& list, bool block) {
    auto node = make(Node::Kind::kTemplate, take().line);
    node->text = parse_template_name();
    if (current().kind != Kind::kClose) node->pipe = parse_pipe(false);
    expect_close();
    if (block) {
      NodeList body = parse_list(Stop::kEnd);
      parse_end();
      templates_.try_emplace(node->text, std::move(body));
    }
    list.push_back(std::move(node));
  }

  void parse_declarations(Pipe& pipe, bool range) {
    if (current().kind != Kind::kVariable) return;
    const bool one = next().kind == Kind::kSymbol && (next().text == ":=" || next().text == "=");
    const bool two = range && next().kind == Kind::kSymbol && next().text == ",";
    if (!one && !two) return;
    pipe.variables.push_back(take().text);
    if (two) {
      take();
      if (current().kind != Kind::kVariable) fail_unexpected("a variable");
      pipe.variables.push_back(take().text);
      if (!is_symbol(":=") && !is_symbol("=")) fail_unexpected("':='");
    }
    pipe.assigns = take().text == "=";
  }

  std::shared_ptr<const Pipe> parse_pipe(bool range) {
    const Nest nest(*this);
    auto pipe = std::make_shared<Pipe>();
    pipe->line = current().line;
    parse_declarations(*pipe, range);
    do {
      Command command;
      while (starts_argument()) command.push_back(parse_argument());
      if (command.empty() && !pipe->commands.empty() && current().kind == Kind::kClose)
        break;  // as Go: "x |"
      if (command.empty()) fail_unexpected("a value");
      const bool literal = command[0].kind == Arg::Kind::kConst;
      if (literal && (!pipe->commands.empty() || command.size() > 1))
        fail_here("a constant cannot be called");
      pipe->commands.push_back(std::move(command));
    } while (skip_symbol("|"));
    return pipe;
  }

  bool starts_argument() const {
    switch (current().kind) {
      case Kind::kWord:
      case Kind::kField:
      case Kind::kVariable:
      case Kind::kConst:
        return true;
      default:
        return is_symbol("(") || is_symbol(".");
    }
  }

  Arg parse_argument() {
    Arg arg;
    arg.line = current().line;
    const Token token = take();
    switch (token.kind) {
      case Kind::kConst:
        arg.kind = Arg::Kind::kConst;
        arg.value = token.value;
        return arg;
      case Kind::kWord:
        arg.kind = Arg::Kind::kFunction;
        arg.names = {token.text};
        return arg;
      case Kind::kField:
        arg.kind = Arg::Kind::kField;
        break;
      case Kind::kVariable:
        arg.kind = Arg::Kind::kVariable;
        break;
      default:
        if (token.text == ".") return arg;
        arg.kind = Arg::Kind::kPipe;
        arg.pipe = parse_pipe(false);
        if (!skip_symbol(")")) fail_unexpected("')'");
        break;
    }
    if (arg.kind != Arg::Kind::kPipe) arg.names = {token.text};
    while (current().kind == Kind::kField && !current().after_space) arg.names.push_back(take().text);
    return arg;
  }

  std::vector<Token> tokens_;
  size_t pos_ = 0;
  int nesting_ = 0;
  int loops_ = 0;
  Templates templates_;
};

}  // namespace

Templates parse_templates(std::string_view source) { return Parser(tokenize(source)).run(); }

}  // namespace samovar::text::go_template
