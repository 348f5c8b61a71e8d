// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "app/call.h"

namespace landfast {

/// `cert reload`: every edge of the state folder takes over the certificates that users gave it and
/// renewed since. One that cannot serve is an error at the end; the copy of before serves on.
Ending reload_certificates(Call call);

}  // namespace landfast
