// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "compose/load.h"

namespace landfast {

/// What of a project is worth a word in a new landfast.yaml.
struct Survey {
  struct Stateful {
    std::string service;
    std::vector<std::string> places;  ///< "volume data at /var/lib/…"
  };
  struct OneShot {
    std::string service;
    std::vector<std::string> waited_for_by;
  };
  struct Published {
    std::string service;
    std::vector<std::string> ports;  ///< "127.0.0.1:3000 → 3000/tcp"
    std::string only;                ///< the published TCP port, where there is exactly one
  };
  std::string project;
  std::string compose_file;  ///< the first one, absolute; "-": standard input
  std::vector<Stateful> stateful;
  std::vector<OneShot> one_shots;
  std::vector<Published> published;
  std::vector<std::string> unset;  ///< variables without value or default
};

/// Loads the files of a call and looks at the services, enabled or not. Errors as `load`.
[[nodiscard]] Result<Survey> survey(const LoadRequest& request, const Files& files);

/// The same for people, and for programs.
[[nodiscard]] std::string survey_text(const Survey& survey);
[[nodiscard]] boost::json::object survey_json(const Survey& survey);

/// A landfast.yaml of comments only: it changes nothing until a `#` is taken away, and each of its
/// lines loads then.
[[nodiscard]] std::string starter_file(const Survey& survey);

}  // namespace landfast
