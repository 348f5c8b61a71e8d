# SPDX-License-Identifier: Apache-2.0
"""The HTML of the gallery. Everything that comes from a person goes through escape()."""

from html import escape

LICENCES = ("all rights reserved", "CC BY 4.0", "CC0")


class Pages:
    def __init__(self, release):
        self._release = release

    def gallery(self, images, likes: dict, total: int, models: list[str], older: int | None) -> str:
        cards = "\n".join(self._card(image, likes.get(image.id, 0)) for image in images)
        more = f'<p class="more"><a href="/?before={older}">Older pictures</a></p>' if older else ""
        body = f"""
        <section class="intro">
          <p>{total} {"picture" if total == 1 else "pictures"} on the wall.</p>
          {self._upload_form()}
        </section>
        <section class="wall">{cards or "<p>Nothing here yet. Put up the first picture.</p>"}</section>
        {more}"""
        return self._frame("Imagion", body, models)

    def picture(self, image, views: int | None, likes: int, models: list[str]) -> str:
        facts = [f"{image.width} × {image.height}", image.media_type.removeprefix("image/")]
        facts.append(f"put up {image.created_at:%-d %B %Y, %H:%M}")
        if views is not None:
            facts.append("1 view" if views == 1 else f"{views} views")
        if "licences" in self._release.features:
            facts.append(escape(image.licence))
        caption = getattr(image, "caption", "")
        body = f"""
        <figure class="single">
          <img src="{media(image.file)}" alt="{escape(image.title)}" width="{image.width}" height="{image.height}">
          <figcaption>
            <h2>{escape(image.title)}</h2>
            {f'<p class="caption">{escape(caption)}</p>' if caption else ""}
            <p class="facts">{" · ".join(facts)}</p>
            <form method="post" action="/image/{image.id}/like"><button>♥ {likes}</button></form>
          </figcaption>
        </figure>
        <p class="more"><a href="/">All pictures</a></p>"""
        return self._frame(image.title, body, models)

    def problem(self, status: int, text: str) -> str:
        body = f'<section class="problem"><h2>{status}</h2><p>{escape(text)}</p><a href="/">Back</a></section>'
        return self._frame(f"Imagion: {status}", body, [])

    def _card(self, image, likes: int) -> str:
        caption = getattr(image, "caption", "")
        return f"""
        <a class="card" href="/image/{image.id}">
          <img src="{media(image.thumbnail)}" alt="" loading="lazy">
          <span class="title">{escape(image.title)}</span>
          {f'<span class="caption">{escape(caption)}</span>' if caption else ""}
          <span class="likes">♥ {likes}</span>
        </a>"""

    def _upload_form(self) -> str:
        features = self._release.features
        caption = licence = ""
        if "captions" in features:
            caption = '<input name="caption" maxlength="300" placeholder="Caption (may stay empty)">'
        if "licences" in features:
            options = "".join(f"<option>{name}</option>" for name in LICENCES)
            licence = f'<select name="licence" aria-label="Licence">{options}</select>'
        return f"""
          <form class="upload" method="post" action="/upload" enctype="multipart/form-data">
            <input type="file" name="picture" accept="image/png,image/jpeg,image/webp,image/gif" required>
            <input name="title" maxlength="120" placeholder="Title" required>
            {caption}{licence}
            <button>Put it up</button>
          </form>"""

    def _frame(self, title: str, body: str, models: list[str]) -> str:
        count = len(models)
        known = f"{count} {'model' if count == 1 else 'models'} mounted" if count else "no models mounted"
        return f"""<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{escape(title)}</title>
  <link rel="stylesheet" href="/static/style.css">
</head>
<body>
  <header><a class="name" href="/">Imagion</a><span class="version">{self._release.version}</span></header>
  <main>{body}</main>
  <footer>{known}</footer>
</body>
</html>
"""


def media(name: str) -> str:
    return f"/media/{escape(name)}"
