#include "api/routes.h"

#include <utility>

#include "api/endpoints.h"
#include "base/clock.h"

namespace samovar::api {
void add_routes(http::Router& router, Deps deps) {
  if (!deps.now_ns) deps.now_ns = unix_ns;
  const Context context = std::make_shared<const Deps>(std::move(deps));
  add_observer(router, context);
  add_filters(router, context);
  for (const auto add :
       {add_root, add_version, add_tags, add_ps, add_show, add_chat, add_generate, add_openai_chat,
        add_openai_completions, add_openai_responses, add_openai_models, add_anthropic_messages, add_embed,
        add_tokenize, add_queue, add_metrics, add_openapi, add_health}) {
    add(router, context);
  }
  if (context->library == nullptr) return;
  for (const auto add : {add_pull, add_push, add_create, add_copy, add_delete, add_blobs})
    add(router, context);
}

}  // namespace samovar::api
