// The same work for every index, on several threads; what each index does must depend on that index alone.
#pragma once

#include <cstddef>
#include <functional>

namespace gpufleet::scenarios {

/// Calls work(0) … work(count - 1), each once, from at most `threads` threads (0 = one a core); returns when all are done.
void for_each_index(std::size_t count, int threads, const std::function<void(std::size_t)>& work);

}  // namespace gpufleet::scenarios
