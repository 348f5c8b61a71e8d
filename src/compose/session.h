// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/json/object.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "compose/encode.h"
#include "compose/findings.h"
#include "compose/inputs.h"
#include "compose/landfast_extension.h"
#include "compose/load.h"
#include "compose/model_loader.h"

namespace landfast::compose {

/// A service on its way: the tree as merged, and what Compose prints of it.
struct LoadedService {
  Node* node = nullptr;
  Place place;  ///< of its key
  boost::json::object json;
};

/// One load from the request to the model (compose.md 0). Values are as Compose's Project.
class Session {
 public:
  Session(const LoadRequest& request, const Files& files) : request_(request), files_(files) {}

  /// The merged tree before it is bound; nullptr where the files are no YAML.
  Node* model();
  /// Binds, selects and checks. False: `findings` has the errors.
  bool bind();
  /// The whole project as `config` prints it. With `last` the services give their values away.
  boost::json::object encode_all(Shape shape, bool last = false);

  const LoadRequest& request() const { return request_; }
  const Files& files() const { return files_; }
  Arena& arena() { return arena_; }
  Findings& findings() { return findings_; }
  const Inputs& inputs() const { return inputs_; }
  const std::string& name() const { return name_; }
  const Node& root() const { return *model_; }
  Node& edit_root() { return *model_; }
  const Extension& extension() const { return extension_; }
  std::map<std::string, LoadedService>& enabled() { return enabled_; }
  std::map<std::string, LoadedService>& disabled() { return disabled_; }
  /// Keys of the resources of a kind that the enabled services use (or all of them).
  std::set<std::string> used(std::string_view kind) const;

 private:
  /// False, with an error, once the files have grown above the bounds.
  bool within_bounds();
  bool name_project();
  std::string name_in_files(bool first_document_only);
  void read_extension();
  void choose_services();
  void name_services();
  void select_named();
  void join_scale(Node& service);
  void bind_service(const std::string& name, LoadedService& service, bool with_files);

  const LoadRequest& request_;
  const Files& files_;
  Arena arena_;
  Findings findings_;
  Inputs inputs_;
  std::unique_ptr<ModelLoader> loader_;
  std::string name_;
  Node* model_ = nullptr;
  Extension extension_;
  std::map<std::string, LoadedService> enabled_, disabled_;
};

/// Rules over the whole model: references, cycles, exclusive attributes (compose.md 0.5).
void check_consistency(Findings& findings, const Node& root,
                       const std::map<std::string, LoadedService>& enabled,
                       const std::map<std::string, LoadedService>& disabled);
/// No two services with the same container_name.
void check_container_names(Findings& findings, const std::map<std::string, LoadedService>& enabled);

}  // namespace landfast::compose
