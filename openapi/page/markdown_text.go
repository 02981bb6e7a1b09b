package page

import (
	"html"
	"regexp"
	"strings"
)

// Text of a document keeps the Markdown that descriptions use most: paragraphs, lists, headings,
// tables, bold text, code, and links to web pages. Nothing else of it is markup: tags, comments,
// images, entities and other links are shown as they were written. No "<" of a document is in the
// output, not even in code.

// markdownMark matches code and links, which a text keeps.
var markdownMark = regexp.MustCompile("`([^`]+)`" + `|\[([^\[\]]+)\]\((https?://[^\s()]+)\)`)

// fenceMark matches a line that begins or ends a block of code.
var fenceMark = regexp.MustCompile("^[ \t]*(?:```+|~~~+)[ \t]*([A-Za-z0-9_+-]*)[^`]*$")

// markdownProse returns the description of something, line by line.
func markdownProse(s string) string {
	var b strings.Builder
	var code []string
	language, inCode := "", false
	for line := range strings.SplitSeq(strings.ReplaceAll(strings.TrimSpace(s), "\r\n", "\n"), "\n") {
		m := fenceMark.FindStringSubmatch(line)
		switch {
		case m != nil && inCode:
			b.WriteString(codeBlock(language, code))
			code, inCode = nil, false
		case m != nil:
			language, inCode = m[1], true
		case inCode:
			code = append(code, line)
		default:
			text := strings.TrimLeft(line, " \t")
			b.WriteString(line[:len(line)-len(text)] + inlineMarkdown(text) + "\n")
		}
	}
	if inCode {
		b.WriteString(codeBlock(language, code))
	}
	return strings.TrimRight(b.String(), "\n")
}

// codeBlock returns a block of code. A block with "<" is HTML, because Markdown has no escape in
// code.
func codeBlock(language string, lines []string) string {
	text := strings.Join(lines, "\n")
	if strings.Contains(text, "<") {
		return "\n<pre>\n" + html.EscapeString(text) + "\n</pre>\n\n"
	}
	fence := backticks(3, text)
	return fence + language + "\n" + text + "\n" + fence + "\n"
}

// backticks returns a fence for code: at least so many backticks, and more than any run of them in
// the text.
func backticks(least int, text string) string {
	longest, run := 0, 0
	for i := range len(text) {
		if text[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return strings.Repeat("`", max(least, longest+1))
}

// inlineMarkdown returns one line of a description.
func inlineMarkdown(s string) string {
	var b strings.Builder
	at := 0
	for _, m := range markdownMark.FindAllStringSubmatchIndex(s, -1) {
		before := escapeMarkdown(s[at:m[0]])
		at = m[1]
		if m[2] >= 0 {
			b.WriteString(before + codeSpan(s[m[2]:m[3]]))
			continue
		}
		if strings.HasSuffix(before, "!") {
			before = before[:len(before)-1] + `\!` // otherwise the link is an image
		}
		b.WriteString(before + "[" + escapeMarkdown(s[m[4]:m[5]]) + "](" + linkTarget.Replace(s[m[6]:m[7]]) + ")")
	}
	return b.String() + escapeMarkdown(s[at:])
}

// linkTarget escapes what would end a link, or begin a tag.
var linkTarget = strings.NewReplacer("<", "%3C", ">", "%3E", "`", "%60", `\`, "%5C", "|", "%7C", `"`, "%22")

// escapeMarkdown escapes tags, comments, entities, code, images and links.
func escapeMarkdown(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		next := byte(0)
		if i+1 < len(s) {
			next = s[i+1]
		}
		switch c := s[i]; {
		case c == '<':
			b.WriteString("&lt;")
		case c == '&' && (next == '#' || isLetter(next)):
			b.WriteString("&amp;")
		case c == '[' || c == ']' || c == '`', c == '\\' && (next == 0 || isPunctuation(next)), c == '~' && next == '~':
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// isPunctuation reports whether a backslash before an ASCII character escapes it.
func isPunctuation(c byte) bool {
	return c > ' ' && c < 0x7f && !isLetter(c) && (c < '0' || c > '9')
}

// codeSpan returns text as code. Its fence is longer than any run of backticks in the text. Code
// with "<" is HTML, because Markdown has no escape in code.
func codeSpan(s string) string {
	s = strings.NewReplacer("\n", " ", "\r", " ").Replace(s)
	switch {
	case strings.TrimSpace(s) == "":
		return "` `"
	case strings.Contains(s, "<"):
		return "<code>" + codeText.Replace(s) + "</code>"
	}
	s = strings.ReplaceAll(s, "|", `\|`)
	fence := backticks(1, s)
	if len(fence) > 1 {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}

// codeText escapes all Markdown in the text of an HTML element.
var codeText = strings.NewReplacer("<", "&lt;", ">", "&gt;", "&", "&amp;", `\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`,
	"[", `\[`, "]", `\]`, "~", `\~`, "|", `\|`, "!", `\!`)
