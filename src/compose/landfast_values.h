// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "compose/findings.h"
#include "compose/node.h"
#include "model/extension.h"

namespace landfast::compose {

/// Where relative paths of `x-landfast` start, and `~`.
struct ExtensionPaths {
  std::string directory;  ///< absolute
  std::string home;       ///< empty: `~` stays
};

/// Decodes one key of `x-landfast`, of the stack or of a service, whose value fits its rule.
/// A key decoded again replaces what it said before.
class ExtensionDecoder {
 public:
  ExtensionDecoder(Arena& arena, Findings& findings, ExtensionPaths paths)
      : arena_(arena), findings_(findings), paths_(std::move(paths)) {}

  void stack(const Entry& e, StackExtension& into);
  void service(const Entry& e, ServiceExtension& into);

 private:
  VerifyCheck check(const Node& node);
  void edge(const Entry& e, StackExtension& into);
  BackupPolicy backup(const Node& node);
  Tls tls(const Node& node);
  Route route(const Node& node);
  void route_text(const Node& node, Route& into);
  void route_options(const Node& node, Route& into);
  void migrate(const Node& node, ServiceExtension& into);
  /// A path that begins with `.`, `~` or a letter, made absolute.
  std::string path(std::string_view written) const;

  Arena& arena_;
  Findings& findings_;
  ExtensionPaths paths_;
};

}  // namespace landfast::compose
