// SPDX-License-Identifier: Apache-2.0
#include "edge/given_certificates.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "base/digest.h"
#include "edge/openssl_freed.h"
#include "io/file.h"
#include "model/route_rules.h"

namespace landfast {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t pem_limit = std::size_t{1} << 20;
constexpr std::size_t config_limit = std::size_t{16} << 20;

using Memory = std::unique_ptr<BIO, Freed<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

Memory memory(std::string_view bytes) {
  return Memory(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

/// No terminal is asked for a pass phrase.
int no_pass_phrase(char*, int, int, void*) { return -1; }

tl::unexpected<Error> refuse(const std::string& path, std::string_view why, std::string hint) {
  return fail(Code::invalid, fmt::format("{}: {}", path, why), std::move(hint));
}

Status check_names(X509* certificate, const std::string& host, const std::string& path) {
  const auto matches = is_address(host)
                           ? X509_check_ip_asc(certificate, host.c_str(), 0)
                           : X509_check_host(certificate, host.data(), host.size(), 0, nullptr);
  if (matches == 1) return {};
  return refuse(path, fmt::format("the certificate is not for {}", host),
                "name the files of a certificate that has this host among its names");
}

Status check_dates(X509* certificate, const std::string& path) {
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
    return refuse(path, "the certificate has expired", "renew it, then deploy again");
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
    return refuse(path, "the certificate is not valid yet", "look at the clock of this host");
  return {};
}

/// Not the dates: what has expired is still the certificate of its names.
Result<Certificate> check_pair(const GivenPair& pair, const std::string& chain,
                               const std::string& key_text) {
  const auto chain_memory = memory(chain), key_memory = memory(key_text);
  Certificate certificate(PEM_read_bio_X509(chain_memory.get(), nullptr, nullptr, nullptr));
  if (!certificate)
    return refuse(pair.certificate, "this is not a certificate in PEM form",
                  "name the file that holds the whole chain, such as fullchain.pem");
  const Key key(PEM_read_bio_PrivateKey(key_memory.get(), nullptr, no_pass_phrase, nullptr));
  if (!key)
    return refuse(pair.key, "this is not a private key in PEM form",
                  "name the file of the key, without a pass phrase");
  if (X509_check_private_key(certificate.get(), key.get()) != 1)
    return refuse(pair.key, fmt::format("this is not the key of {}", pair.certificate),
                  "name the key that the certificate was made with");
  for (const auto& host : pair.hosts)
    TRY_VOID(check_names(certificate.get(), host, pair.certificate));
  return certificate;
}

Status check_all(const GivenPair& pair, const std::string& chain, const std::string& key) {
  TRY(const auto certificate, check_pair(pair, chain, key));
  return check_dates(certificate.get(), pair.certificate);
}

/// A pair with the bytes of its files.
struct Read {
  GivenPair pair;
  std::string chain{}, key{};
};

std::string prefix_of(const std::string& certificate) {
  return sha256_hex(certificate).substr(0, 16) + "-";
}

Status read_files(Read& read) {
  auto& pair = read.pair;
  TRY(read.chain, read_file(pair.certificate, pem_limit));
  TRY(read.key, read_file(pair.key, pem_limit));
  pair.on_disk = prefix_of(pair.certificate) + sha256_hex(read.chain + read.key).substr(0, 32);
  return check_all(pair, read.chain, read.key);
}

/// The names of the copies that the edge's recorded configuration loads.
std::set<std::string> recorded_copies(const EdgeFiles& files) {
  std::set<std::string> names;
  const auto bytes = read_file(files.conf("config.json"), config_limit, Links::refuse);
  if (!bytes) return names;
  boost::system::error_code error;
  const auto config = boost::json::parse(*bytes, error);
  if (error) return names;
  const auto* loaded = config.find_pointer("/apps/tls/certificates/load_files", error);
  if (loaded == nullptr || !loaded->is_array()) return names;
  for (const auto& entry : loaded->as_array()) {
    const auto* object = entry.if_object();
    const auto* path = object == nullptr ? nullptr : object->if_contains("certificate");
    if (path != nullptr && path->is_string())
      names.insert(fs::path(std::string(path->as_string())).stem());
  }
  return names;
}

std::vector<Read> read_pairs(const RouteTable& table, const EdgeFiles& files) {
  std::map<std::string, GivenPair> pairs;
  for (const auto& [host, tls] : host_tls(table)) {
    if (tls.kind != TlsKind::files) continue;
    auto& pair = pairs[tls.certificate];
    pair.certificate = tls.certificate;
    pair.key = tls.key;
    pair.hosts.push_back(host);
  }
  const auto copies = recorded_copies(files);
  std::vector<Read> out;
  for (auto& [certificate, pair] : pairs) {
    const auto prefix = prefix_of(certificate);
    const auto copy = copies.lower_bound(prefix);
    if (copy != copies.end() && copy->starts_with(prefix)) pair.served = *copy;
    auto& read = out.emplace_back(Read{std::move(pair)});
    if (auto status = read_files(read); !status) read.pair.refused = std::move(status).error();
  }
  return out;
}

std::string copy_path(const EdgeFiles& files, const std::string& name, const char* ending) {
  return fmt::format("{}/{}.{}", files.data("given"), name, ending);
}

/// The edge's own copies: their folder is the edge's, and they are for it alone.
Status put(const std::string& path, const std::string& bytes) {
  struct stat there {};
  if (::stat(path.c_str(), &there) == 0) return {};
  return write_file(path, bytes, 0640);
}

Status copy_files(const Read& read, const EdgeFiles& files) {
  const auto folder = files.data("given");
  if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST)
    return fail(Code::failed, fmt::format("cannot make {}: {}", folder, std::strerror(errno)));
  TRY_VOID(put(copy_path(files, read.pair.on_disk, "crt"), read.chain));
  return put(copy_path(files, read.pair.on_disk, "key"), read.key);
}

/// Whether the recorded copy may serve on in place of files that cannot.
bool serves_on(const GivenPair& pair, const EdgeFiles& files) {
  if (pair.served.empty()) return false;
  const auto chain = read_file(copy_path(files, pair.served, "crt"), pem_limit, Links::refuse);
  const auto key = read_file(copy_path(files, pair.served, "key"), pem_limit, Links::refuse);
  return chain && key && check_pair(pair, *chain, *key);
}

}  // namespace

std::vector<GivenPair> given_pairs(const RouteTable& table, const EdgeFiles& files) {
  std::vector<GivenPair> pairs;
  for (auto& read : read_pairs(table, files)) pairs.push_back(std::move(read.pair));
  return pairs;
}

std::string given_copy(const EdgeFiles& files, const std::string& name) {
  return copy_path(files, name, "crt");
}

Result<GivenCertificates> copy_given(const RouteTable& table, const EdgeFiles& files,
                                     const CaddyLayout& layout) {
  GivenCertificates given;
  for (const auto& read : read_pairs(table, files)) {
    const auto& pair = read.pair;
    const bool keeps = pair.refused && serves_on(pair, files);
    if (pair.refused && !keeps) return fail(*pair.refused);
    if (!keeps) TRY_VOID(copy_files(read, files));
    const auto seen = fmt::format("{}/given/{}", layout.data, keeps ? pair.served : pair.on_disk);
    given[pair.certificate] = {seen + ".crt", seen + ".key"};
  }
  return given;
}

Status remove_old_copies(const EdgeFiles& files) {
  const auto copies = recorded_copies(files);
  std::error_code error;
  for (fs::directory_iterator it(files.data("given"), error), end; !error && it != end;
       it.increment(error)) {
    if (copies.contains(it->path().stem())) continue;
    std::error_code failed;
    fs::remove(it->path(), failed);
    if (failed)
      return fail(Code::failed,
                  fmt::format("cannot remove {}: {}", it->path().string(), failed.message()));
  }
  return {};
}

}  // namespace landfast
