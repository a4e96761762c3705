// The syntax tree of a Go template.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "text/go_template/value.h"

namespace samovar::text::go_template {

struct Pipe;
struct Node;
using NodeList = std::vector<std::unique_ptr<Node>>;

struct Arg {
  enum class Kind {
    kDot,
    kConst,     // value
    kField,     // names: .A.B
    kVariable,  // names: "$x" and the fields behind it
    kFunction,  // names[0]
    kPipe,      // pipe: parentheses; names: the fields behind them
  };
  Kind kind = Kind::kDot;
  int line = 1;
  Value value;
  std::vector<std::string> names;
  std::shared_ptr<const Pipe> pipe;
};

using Command = std::vector<Arg>;  // a function or value, then its arguments

struct Pipe {
  int line = 1;
  std::vector<std::string> variables;  // "$x" of {{ $x := ... }}
  bool assigns = false;                // = instead of :=
  std::vector<Command> commands;
};

struct Node {
  enum class Kind {
    kText,      // text
    kAction,    // pipe
    kIf,        // pipe, list, otherwise
    kWith,      // pipe, list, otherwise
    kRange,     // pipe, list, otherwise
    kTemplate,  // text: name; pipe (may be null)
    kBreak,
    kContinue,
  };
  Kind kind = Kind::kText;
  int line = 1;
  std::string text;
  std::shared_ptr<const Pipe> pipe;
  NodeList list;
  NodeList otherwise;
};

// The main template is named "".
using Templates = std::map<std::string, NodeList, std::less<>>;

}  // namespace samovar::text::go_template
