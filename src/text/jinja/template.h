// A parsed Jinja template. Immutable after parse(); any number of threads may render it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "text/jinja/value.h"

namespace samovar::text::jinja {

class Template {
 public:
  // Fails with kInvalidArgument (malformed) or kUnsupported (include, import, ...), naming the line.
  [[nodiscard]] static Result<Template> parse(std::string_view source);

  // Fails with kInvalidArgument (the template refuses, or computes with the wrong types, or passes a
  // limit of meter.h) or kUnsupported (an unknown filter or test), naming the line.
  [[nodiscard]] Result<std::string> render(const Dict& variables, std::string_view date) const;

  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;
  ~Template();

 private:
  struct Tree;
  explicit Template(std::unique_ptr<Tree> tree);
  std::unique_ptr<Tree> tree_;
};

}  // namespace samovar::text::jinja
