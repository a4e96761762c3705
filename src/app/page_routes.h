// Serves the embedded page: precompressed variants, ETags, caching, security headers.
#pragma once

#include <string>

#include "app/page_data.h"
#include "http/router.h"

namespace samovar::app {

// The answer to a GET for that file: the best variant the client accepts, or 304 when it has it already.
[[nodiscard]] http::Response answer_page_file(const PageFile& file, const http::Request& request);

// Adds "/" and every file of `files` (which must outlive the router). Without files, "/" says in words
// that this program was built without the page. The links of the page's document begin with `prefix`.
void add_page_routes(http::Router& router, const std::vector<PageFile>& files,
                     const std::string& prefix = "");

}  // namespace samovar::app
