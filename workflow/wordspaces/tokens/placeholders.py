"""What stands in a text for what must not be a word of it."""

URL, USER, NUMBER, HASHTAG = PLACEHOLDERS = ("<url>", "<user>", "<number>", "<hashtag>")
