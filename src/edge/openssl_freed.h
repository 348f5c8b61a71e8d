// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace landfast {

/// The deleter of a `unique_ptr` to what OpenSSL frees by a function of its own.
template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};

}  // namespace landfast
