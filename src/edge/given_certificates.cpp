// SPDX-License-Identifier: Apache-2.0
#include "edge/given_certificates.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/digest.h"
#include "io/file.h"
#include "model/route_rules.h"

namespace landfast {
namespace {

constexpr std::size_t pem_limit = std::size_t{1} << 20;

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using Memory = std::unique_ptr<BIO, Freed<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

Memory memory(std::string_view bytes) {
  return Memory(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

/// No terminal is asked for a pass phrase.
int no_pass_phrase(char*, int, int, void*) { return -1; }

Status refuse(const std::string& path, std::string_view why, std::string hint) {
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

Status check_pair(const Tls& tls, const std::string& chain, const std::string& key_text,
                  const std::string& host) {
  const auto chain_memory = memory(chain), key_memory = memory(key_text);
  const Certificate certificate(PEM_read_bio_X509(chain_memory.get(), nullptr, nullptr, nullptr));
  if (!certificate)
    return refuse(tls.certificate, "this is not a certificate in PEM form",
                  "name the file that holds the whole chain, such as fullchain.pem");
  const Key key(PEM_read_bio_PrivateKey(key_memory.get(), nullptr, no_pass_phrase, nullptr));
  if (!key)
    return refuse(tls.key, "this is not a private key in PEM form",
                  "name the file of the key, without a pass phrase");
  if (X509_check_private_key(certificate.get(), key.get()) != 1)
    return refuse(tls.key, fmt::format("this is not the key of {}", tls.certificate),
                  "name the key that the certificate was made with");
  TRY_VOID(check_dates(certificate.get(), tls.certificate));
  return check_names(certificate.get(), host, tls.certificate);
}

/// The edge's own copies: their folder is the edge's, and they are for it alone.
Status put(const std::string& path, const std::string& bytes) {
  struct stat there {};
  if (::stat(path.c_str(), &there) == 0) return {};
  return write_file(path, bytes, 0640);
}

Result<GivenFiles> copy_pair(const Tls& tls, const std::string& host, const EdgeFiles& files,
                             const CaddyLayout& layout) {
  TRY(const auto chain, read_file(tls.certificate, pem_limit));
  TRY(const auto key, read_file(tls.key, pem_limit));
  TRY_VOID(check_pair(tls, chain, key, host));
  const auto name = sha256_hex(chain + key).substr(0, 32);
  const auto folder = files.data("given");
  if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST)
    return fail(Code::failed, fmt::format("cannot make {}: {}", folder, std::strerror(errno)));
  TRY_VOID(put(fmt::format("{}/{}.crt", folder, name), chain));
  TRY_VOID(put(fmt::format("{}/{}.key", folder, name), key));
  const auto seen = fmt::format("{}/given/{}", layout.data, name);
  return GivenFiles{seen + ".crt", seen + ".key"};
}

}  // namespace

Result<GivenCertificates> copy_given(const RouteTable& table, const EdgeFiles& files,
                                     const CaddyLayout& layout) {
  GivenCertificates given;
  for (const auto& [host, tls] : host_tls(table)) {
    if (tls.kind != TlsKind::files) continue;
    TRY(given[tls.certificate], copy_pair(tls, host, files, layout));
  }
  return given;
}

}  // namespace landfast
