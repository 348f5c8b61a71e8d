// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "engine/credentials.h"
#include "engine/docker_json.h"
#include "engine/endpoint.h"
#include "io/http_client.h"
#include "io/loop.h"
#include "port/engine.h"

namespace landfast {

/// One engine over HTTP: agrees on an API version once, turns refusals into errors. Shared by the
/// Engine and the Builder.
class DockerApi {
 public:
  DockerApi(Loop& loop, DockerEndpoint endpoint);

  /// What a call does, for its error ("cannot start container web-1"), and a status beside 2xx that
  /// counts as success.
  struct Purpose {
    Purpose(std::string w, int status = 0) : what(std::move(w)), also_fine(status) {}
    std::string what;
    int also_fine;
  };
  /// `target` is without the version prefix. GET is given 60 s, others 10 min; `unlimited` none.
  Task<Result<HttpResponse>> get(std::string target, Purpose purpose);
  Task<Result<HttpResponse>> post(std::string target, std::string json, Purpose purpose);
  Task<Result<HttpResponse>> remove(std::string target, Purpose purpose);
  Task<Result<HttpResponse>> call(HttpRequest request, Purpose purpose);
  /// A response that is streamed; a refusal is read whole and becomes an error.
  Task<Result<HttpStream>> stream(HttpRequest request, Purpose purpose);
  Task<Result<HttpDuplex>> duplex(HttpRequest request, Purpose purpose);

  /// The minor number of the agreed API version 1.x.
  Task<Result<int>> api_minor();
  [[nodiscard]] Loop& loop() const { return http_.loop(); }
  [[nodiscard]] const DockerEndpoint& endpoint() const { return endpoint_; }

 private:
  Task<Status> prepare(HttpRequest& request);
  [[nodiscard]] Error explain(Error error, const Purpose& purpose) const;
  DockerEndpoint endpoint_;
  HttpClient http_;
  int api_minor_ = 0;  // 0: not agreed yet
};

/// The API version to speak with an engine that offers `offered` ("1.47"); `unsupported` below
/// 1.41, naming the engine by `server` ("Docker/19.03.15 (linux)").
[[nodiscard]] Result<int> agree_on_api(const std::string& offered, const std::string& server);

/// The error of an engine's refusal; `text` is its own message.
[[nodiscard]] Error refusal(int status, const std::string& what, const std::string& text);

/// The Engine port over the Docker Engine API, v1.41 to v1.51.
class DockerEngine final : public Engine {
 public:
  DockerEngine(Loop& loop, DockerEndpoint endpoint, CredentialsSource credentials);

  Task<Result<EngineFacts>> facts() override;
  Task<Result<std::vector<Container>>> containers(ContainerFilter filter) override;
  Task<Result<Container>> container(std::string id_or_name) override;
  Task<Result<std::vector<NetworkState>>> networks() override;
  Task<Result<std::vector<VolumeState>>> volumes() override;
  Task<Result<Image>> image(std::string reference) override;
  Task<Result<std::string>> create_container(std::string name, boost::json::object body,
                                             std::string platform) override;
  Task<Status> start_container(std::string id) override;
  Task<Status> stop_container(std::string id, std::optional<std::chrono::seconds> grace) override;
  Task<Status> kill_container(std::string id, std::string signal) override;
  Task<Status> restart_container(std::string id,
                                 std::optional<std::chrono::seconds> grace) override;
  Task<Status> unpause_container(std::string id) override;
  Task<Status> remove_container(std::string id, bool force, bool anonymous_volumes) override;
  Task<Status> rename_container(std::string id, std::string name) override;
  Task<Status> set_restart_policy(std::string id, RestartPolicy policy) override;
  Task<Result<int>> wait_container(std::string id) override;
  Task<Status> put_archive(std::string id, std::string path, std::string tar) override;
  Task<Result<std::string>> get_archive(std::string id, std::string path,
                                        std::size_t limit) override;
  Task<Result<std::vector<std::string>>> processes(std::string id) override;
  Task<Result<std::string>> create_network(boost::json::object body) override;
  Task<Status> remove_network(std::string id) override;
  Task<Status> connect_network(std::string network, std::string container,
                               boost::json::object endpoint) override;
  Task<Status> disconnect_network(std::string network, std::string container, bool force) override;
  Task<Status> create_volume(boost::json::object body) override;
  Task<Status> remove_volume(std::string name) override;
  Task<Status> pull(std::string reference, std::string platform, OnImageProgress progress) override;
  Task<Status> tag_image(std::string id, std::string reference) override;
  Task<Status> remove_image(std::string reference) override;
  Task<Result<ExecResult>> exec(ExecRequest request) override;
  Task<Result<int>> exec_interactive(InteractiveRequest request) override;
  Task<Result<int>> run_attached(InteractiveRequest request) override;
  Task<Status> logs(LogRequest request, OnLog on_log) override;
  Task<Status> events(std::string project, Signal* subscribed, OnEngineEvent on_event) override;

 private:
  Task<void> inspect_next(std::vector<std::string>& ids, std::size_t& next,
                          std::vector<std::optional<Result<Container>>>& found);
  Task<Status> connect_further(std::string container, Endpoints endpoints);
  Task<Status> wait_removed(std::string id);
  Task<Result<bool>> is_in_use(std::string network);
  Task<Result<std::string>> create_exec(ExecRequest request, bool tty, bool stdin_open);
  Task<Result<HttpDuplex>> start_exec(std::string exec_id, bool tty, std::string container);
  Task<Result<int>> exec_exit_code(std::string exec_id);
  Task<Result<std::string>> events_from();
  DockerApi api_;
  CredentialsSource credentials_;
};

/// The real Engine.
[[nodiscard]] std::unique_ptr<Engine> make_docker_engine(Loop& loop, DockerEndpoint endpoint,
                                                         CredentialsSource credentials);

}  // namespace landfast
