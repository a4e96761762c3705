// One function per endpoint file; routes.cc calls them all.
#pragma once

#include <memory>

#include "api/routes.h"
#include "http/router.h"

namespace samovar::api {

using Context = std::shared_ptr<const Deps>;

void add_root(http::Router& router, const Context& context);
void add_version(http::Router& router, const Context& context);
void add_tags(http::Router& router, const Context& context);
void add_ps(http::Router& router, const Context& context);
void add_show(http::Router& router, const Context& context);
void add_chat(http::Router& router, const Context& context);
void add_generate(http::Router& router, const Context& context);
void add_openai_chat(http::Router& router, const Context& context);
void add_openai_completions(http::Router& router, const Context& context);
void add_openai_responses(http::Router& router, const Context& context);
void add_anthropic_messages(http::Router& router, const Context& context);
void add_embed(http::Router& router, const Context& context);
void add_tokenize(http::Router& router, const Context& context);
void add_queue(http::Router& router, const Context& context);
void add_openapi(http::Router& router, const Context& context);
void add_metrics(http::Router& router, const Context& context);
void add_openai_models(http::Router& router, const Context& context);
void add_health(http::Router& router, const Context& context);
void add_pull(http::Router& router, const Context& context);
void add_push(http::Router& router, const Context& context);
void add_create(http::Router& router, const Context& context);
void add_copy(http::Router& router, const Context& context);
void add_delete(http::Router& router, const Context& context);
void add_blobs(http::Router& router, const Context& context);

// Adds headers to whatever answer comes.
[[nodiscard]] std::shared_ptr<http::ResponseWriter> make_header_writer(
    std::shared_ptr<http::ResponseWriter> inner, http::Headers extra);

void add_key_filter(http::Router& router, const Context& context);
void add_observer(http::Router& router, const Context& context);
void add_filters(http::Router& router, const Context& context);

}  // namespace samovar::api
