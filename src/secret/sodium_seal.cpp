// SPDX-License-Identifier: Apache-2.0
#include "secret/sodium_seal.h"

#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "io/file.h"
#include "secret/key_file.h"

namespace landfast {
namespace {

/// Names the format; authenticated with the text, so that a later format cannot be passed off.
constexpr std::string_view mark = "landfast-seal-1\n";
constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t key_size = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

tl::unexpected<Error> damaged(std::string text) {
  return fail(Code::corrupt, std::move(text),
              "It was changed since, or sealed with another key: put the state directory back "
              "from one backup, keys and all.");
}

Status make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return fail(Code::failed, fmt::format("cannot make {}: {}", path, std::strerror(errno)));
}

}  // namespace

Result<const Secret*> SodiumSeal::key() {
  if (key_) return &*key_;
  if (sodium_init() < 0) return fail(Code::unsupported, "libsodium cannot begin on this machine");
  TRY_VOID(make_folder(state_dir_ + "/keys"));
  TRY_VOID(sync_folder(state_dir_));
  TRY(key_, key_from_file(state_dir_ + "/keys/state.key", key_size));
  return &*key_;
}

Result<std::string> SodiumSeal::seal(const Secret& plain) {
  TRY(const auto* with, key());
  const auto text = plain.reveal();
  std::string sealed(mark);
  const auto nonce_at = sealed.size();
  const auto text_at = nonce_at + nonce_size;
  sealed.resize(text_at + text.size() + tag_size);
  randombytes_buf(bytes(sealed) + nonce_at, nonce_size);
  unsigned long long size = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes(sealed) + text_at, &size, bytes(text),
                                             text.size(), bytes(mark), mark.size(), nullptr,
                                             bytes(sealed) + nonce_at, bytes(with->reveal()));
  return sealed;
}

Result<Secret> SodiumSeal::open(std::string_view sealed) {
  if (!sealed.starts_with(mark) || sealed.size() < mark.size() + nonce_size + tag_size)
    return damaged("this is nothing that was sealed by landfast");
  TRY(const auto* with, key());
  const auto nonce = sealed.substr(mark.size(), nonce_size);
  const auto closed = sealed.substr(mark.size() + nonce_size);
  std::string plain(closed.size() - tag_size, '\0');
  unsigned long long size = 0;
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes(plain), &size, nullptr, bytes(closed),
                                                 closed.size(), bytes(mark), mark.size(),
                                                 bytes(nonce), bytes(with->reveal())) != 0)
    return damaged("what was sealed cannot be opened with the key of this state directory");
  return Secret(std::move(plain));
}

}  // namespace landfast
