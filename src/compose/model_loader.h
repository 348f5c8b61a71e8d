// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "compose/canonical.h"
#include "compose/files.h"
#include "compose/findings.h"
#include "compose/interpolate.h"
#include "compose/yaml_tree.h"

namespace landfast::compose {

struct ModelOptions {
  bool interpolate = true;
  bool resolve_paths = true;
  std::string home;
  std::string standard_input;
};

/// Where a model stands: the directory of its relative paths, its variables, how it was reached.
struct Scope {
  std::string directory;
  const Variables* environment = nullptr;
  std::vector<std::string> included;  ///< files on the way here
  std::vector<std::string> trace;     ///< the same for messages
  Place at{};                         ///< where the first of its files is named
  std::string project_directory{};    ///< for extends and include; empty: `directory`
  [[nodiscard]] const std::string& base() const {
    return project_directory.empty() ? directory : project_directory;
  }
};

/// Reads compose files into one tree: merging, extends, include, checks (compose.md 0.2).
class ModelLoader {
 public:
  static constexpr std::size_t max_files = 1000;
  static constexpr std::size_t max_include_depth = 50;
  static constexpr std::size_t max_extends_depth = 100;
  /// Bytes of variables: each level of includes has those of the levels around it too.
  static constexpr std::size_t max_nested_variables = std::size_t{16} << 20;

  ModelLoader(Arena& arena, Findings& findings, const Files& files, ModelOptions options)
      : arena_(arena), findings_(findings), files_(files), options_(std::move(options)) {}

  /// A look at the documents of a file; they belong to whoever takes them next.
  const std::vector<Document>& peek(const std::string& path);
  /// The merged model of files. Never null; errors are in the findings.
  Node* load(const std::vector<std::string>& paths, const Scope& scope);
  /// A file could not be read or is no YAML: what follows from the model would mislead.
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  struct ServiceRef {
    std::string file, service;
  };
  /// A file that services extend: its services in long form, paths resolved.
  struct ExtendedFile {
    Node* services = nullptr;
    std::vector<std::vector<std::string>> resets;
    std::string path;
    std::string directory;
  };
  /// What `extends` is resolved in.
  struct ExtendsScope {
    const Scope* scope;
    Node* services;
    const std::vector<std::vector<std::string>>* resets;
    std::string file;
    std::string directory;
  };

  /// `at`: where the file is named; no place for one of the command line.
  std::vector<Document> take(const std::string& path, const std::vector<std::string>& trace,
                             const Place& at);
  std::vector<Document> read(const std::string& path, const std::vector<std::string>& trace,
                             const Place& at);
  Node* load_file(const std::string& path, const Scope& scope, Node* model);
  Node* add_document(const Document& document, const std::string& path, const Scope& scope,
                     Node* model);
  Node* finish_document_merge(Node* model, Node* document);

  void apply_extends(Node& document, const ExtendsScope& in);
  Node* extended(std::string_view name, const ExtendsScope& in, std::vector<ServiceRef>& chain);
  Node* extend_from(Node& service, std::string_view name, const ExtendsScope& in,
                    std::vector<ServiceRef>& chain);
  ExtendedFile* extended_file(const std::string& path, const Scope& scope, const Node& at);

  void apply_include(Node& document, const std::string& path, const Scope& scope);
  void include_one(Node& document, const Node& item, const Scope& scope);
  void import(Node& document, const Node& model, const Place& at);
  Variables include_environment(const Node& item, const std::string& directory, const Scope& scope);

  void error(const Node& at, std::string path, std::string text, std::string hint = {}) {
    findings_.error(at.place, std::move(path), std::move(text), std::move(hint));
  }

  Arena& arena_;
  Findings& findings_;
  const Files& files_;
  ModelOptions options_;
  std::map<std::string, std::vector<Document>> peeked_;
  bool broken_ = false;
  std::size_t nested_variables_ = 0;
  std::map<std::pair<std::string, const Variables*>, ExtendedFile> extended_;
};

}  // namespace landfast::compose
