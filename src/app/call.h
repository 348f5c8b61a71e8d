// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "app/arguments.h"
#include "app/exit_status.h"
#include "app/output.h"
#include "app/surroundings.h"
#include "app/wiring.h"
#include "io/task.h"

namespace landfast {

/// One call of landfast: what was asked, where, and the means to do it.
struct Call {
  const Arguments& arguments;
  const Surroundings& around;
  const Output& output;
  Wiring& wiring;
  Signal& stop;  ///< set by the first Ctrl-C
};

using Ending = Task<Result<ExitStatus>>;

// The commands, each a short story; commands_*.cpp.
Ending deploy(Call call);  ///< also update
Ending roll_back(Call call);
Ending show_plan(Call call);
Ending show_status(Call call);
Ending show_logs(Call call);
Ending show_history(Call call);
Ending show_config(Call call);
Ending begin_landfast_file(Call call);  ///< init
Ending show_schema(Call call);
Ending show_version(Call call);
Ending exec_in_container(Call call);
Ending run_one_off(Call call);
Ending stop_containers(Call call);
Ending start_containers(Call call);
Ending restart_containers(Call call);
Ending take_down(Call call);
Ending recover_stack(Call call);
Ending verify_stack(Call call);
Ending watch_stack(Call call);
Ending adopt(Call call);
Ending leave(Call call);
Ending volumes(Call call);            ///< also volumes rm
Ending show_migrations(Call call);    ///< migrate status
Ending show_routes(Call call);        ///< route
Ending show_certificates(Call call);  ///< cert, cert trust
Ending edge_command(Call call);       ///< edge image
Ending export_proxy(Call call);       ///< export nginx|caddy|traefik

}  // namespace landfast
