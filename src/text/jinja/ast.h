// The syntax tree of a Jinja template. Nodes are plain data; the interpreter walks them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "text/jinja/value.h"

namespace samovar::text::jinja {

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct CallArguments {
  std::vector<ExprPtr> positional;
  std::vector<std::pair<std::string, ExprPtr>> named;
};

struct Expr {
  enum class Kind {
    kConst,    // value
    kName,     // text
    kList,     // kids
    kTuple,    // kids
    kDict,     // kids: key, value, key, value ...
    kAttr,     // kids[0], text
    kItem,     // kids[0], kids[1]
    kSlice,    // kids[0], then start, stop, step; an absent one is null
    kCall,     // kids[0], args
    kFilter,   // kids[0] (null: the text of a filter block), text, args
    kTest,     // kids[0], text, args
    kNot,      // kids[0]
    kNegate,   // kids[0]
    kPlus,     // kids[0]
    kBinary,   // kids[0], kids[1], text
    kCompare,  // kids[0], then kids[i + 1] compared by ops[i]
    kConcat,   // kids
    kAnd,      // kids[0], kids[1]
    kOr,       // kids[0], kids[1]
    kChoice,   // kids: condition, then, else (may be null)
  };
  Kind kind = Kind::kConst;
  int line = 1;
  int depth = 1;
  std::string text;
  Value value;
  std::vector<ExprPtr> kids;
  std::vector<std::string> ops;
  CallArguments args;
};

struct Stmt;
using Body = std::vector<std::unique_ptr<Stmt>>;

struct Branch {
  ExprPtr condition;
  Body body;
};

struct Parameter {
  std::string name;
  ExprPtr fallback;  // null: none
};

// A macro, or the body of a call block.
struct Macro {
  std::string name;
  std::vector<Parameter> parameters;
  Body body;
  bool uses_varargs = false;
  bool uses_kwargs = false;
  bool uses_caller = false;
};

struct Stmt {
  enum class Kind {
    kData,         // text
    kPrint,        // expr
    kIf,           // branches, otherwise
    kFor,          // target, expr, test (may be null), body, otherwise
    kSet,          // target, expr
    kSetBlock,     // target, expr (a filter chain or null), body
    kMacro,        // macro
    kCallBlock,    // expr (the call), macro (the caller)
    kFilterBlock,  // expr, body
    kWith,         // bindings, body
    kScope,        // body, run as it stands: generation, block, autoescape
    kBreak,
    kContinue,
  };
  Kind kind = Kind::kData;
  int line = 1;
  std::string text;
  ExprPtr target;
  ExprPtr expr;
  ExprPtr test;
  Body body;
  Body otherwise;
  std::vector<Branch> branches;
  std::vector<std::pair<ExprPtr, ExprPtr>> bindings;  // kWith: target, value
  Macro macro;
  bool recursive = false;
  bool uses_loop = false;
};

}  // namespace samovar::text::jinja
