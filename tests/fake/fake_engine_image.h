// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace landfast {

/// What a command that is run inside a container (exec) does.
struct FakeCommand {
  int exit_code = 0;
  std::string output;
  std::chrono::nanoseconds takes{0};
};

/// How the process of a container behaves; times count from its start.
struct FakeImageBehaviour {
  std::chrono::nanoseconds start_delay{0};  ///< time that the engine needs for the start call
  std::chrono::nanoseconds ready_after{0};  ///< then the health check passes and ports listen
  std::optional<std::chrono::nanoseconds> exits_after;
  int exit_code = 0;
  int flaps = 0;  ///< the first N starts of a container end with code 1 after `flap_after`
  std::chrono::nanoseconds flap_after = std::chrono::milliseconds(10);
  bool health_never = false;  ///< it listens, but its health check always fails
  /// Until then a temporary server answers the health check and listens on loopback only
  /// (PostgreSQL and MariaDB while they initialise); between then and `ready_after` nothing does.
  std::optional<std::chrono::nanoseconds> temporary_server_until;
  std::vector<std::string> log;               ///< lines on stdout at each start
  std::vector<std::string> errors;            ///< lines on stderr at each start
  std::chrono::nanoseconds stop_duration{0};  ///< from the stop signal to the exit
  int stop_exit_code = 0;
  std::vector<std::string> needs;      ///< names that must accept when it starts, else it exits 1
  std::vector<std::uint16_t> listens;  ///< empty: the exposed ports of the container
  std::vector<std::string> processes;  ///< names; empty: the program of its argv
  std::map<std::string, std::string> files;     ///< absolute path → content
  std::string start_error;                      ///< the start call fails with this text
  std::map<std::string, FakeCommand> commands;  ///< by argv joined with spaces
};

/// An image of the fake engine or of its registry.
struct FakeImage {
  boost::json::object config;  ///< Config: Env, Cmd, ExposedPorts, Volumes, Healthcheck …
  FakeImageBehaviour behaviour;
  std::map<std::string, FakeImageBehaviour> by_command;  ///< by entrypoint and command, joined
  std::chrono::nanoseconds pull_duration = std::chrono::milliseconds(200);
  std::uint64_t size = 10'000'000;
  // Filled by the engine:
  std::string id;
  std::string created;
  std::vector<std::string> tags;
};

}  // namespace landfast
