package traffic

import (
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/mcptools/placeholder"
)

func sortedKeys(o map[string]any) []string { return slices.Sorted(maps.Keys(o)) }

// variable matches the parts of a message that differ between requests, in this order.
var variable = lazyregexp.New(strings.Join([]string{
	`(?P<value>"(?:[^"\\]|\\.)*"|` + "`[^`]{1,200}`" + `|“[^”]{1,200}”|‘[^’]{1,200}’|«[^»]{1,200}»)`,
	`(?P<quoted>(?:^|[\s(:=,\[])'[^']{1,200}')`, // not an apostrophe
	`(?P<url>\bhttps?://[^\s"'<>)]+)`,
	`(?P<uuid>\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b)`,
	`(?P<time>\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?)`,
	`(?P<address>\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d+)?\b)`,
	`(?P<path>(?:^|\s)/[A-Za-z0-9_.~%-]*/[^\s"'<>)]+)`,
	`(?P<word>[A-Za-z0-9_-]{6,})`,
	`(?P<n>\b\d+(?:[.,]\d+)*\b)`,
}, "|"))

// normalizeMessage replaces ids, numbers, times, addresses and quoted values of a redacted message
// by their kinds in braces, as in "order {n} not found". A quoted text stays if isOwn says that it
// is not from the request. Placeholders of secrets lose their digits.
func normalizeMessage(message string, isOwn func(text string) bool) string {
	var b strings.Builder
	for i, part := range placeholder.Split(message) {
		if i%2 == 1 {
			b.WriteString(placeholder.RemoveDigits(part))
		} else {
			b.WriteString(normalizeText(part, isOwn))
		}
	}
	return b.String()
}

func normalizeText(s string, isOwn func(text string) bool) string {
	var b strings.Builder
	done := 0
	for _, m := range variable.Get().FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(s[done:m[0]])
		text := replacement(s[m[0]:m[1]], m)
		quoted := strings.Trim(s[m[0]:m[1]], " \t(:=,[\"'`“”‘’«»")
		if strings.HasSuffix(text, "{value}") && quoted != "" && isOwn(quoted) {
			text = strings.TrimSuffix(text, "{value}") + "'" + normalizeText(quoted, isOwn) + "'"
		}
		b.WriteString(text)
		done = m[1]
	}
	return b.String() + s[done:]
}

// replacement returns the replacement of a match of variable.
func replacement(text string, m []int) string {
	kind, groups := "", variable.Get().SubexpNames()
	for i := 1; i < len(groups); i++ {
		if m[2*i] >= 0 {
			kind = groups[i]
		}
	}
	before := ""
	switch kind {
	case "word":
		if !isID(text) {
			return text
		}
		kind = "id"
		if strings.Trim(text, "0123456789") == "" {
			kind = "n"
		}
	case "quoted", "path":
		if text[0] != '\'' && text[0] != '/' {
			before = text[:1]
		}
		if kind == "quoted" {
			kind = "value"
		}
	}
	return before + "{" + kind + "}"
}

// isID reports whether a word is an id: it has digits among letters, more than a word such as
// sha256 or v1 has, or is hexadecimal, or a code as of Jira: ABC-1234.
func isID(word string) bool {
	digits, letters, changes, dashes := 0, 0, 0, 0
	var last byte
	for i := range len(word) {
		class := byte('a')
		switch c := word[i]; {
		case c >= '0' && c <= '9':
			class = '0'
			digits++
		case c == '_' || c == '-':
			dashes++
			continue
		default:
			letters++
		}
		if last != 0 && class != last {
			changes++
		}
		last = class
	}
	switch {
	case digits == 0:
		return false
	case letters == 0:
		return true
	}
	return changes >= 2 && digits+letters >= 8 || digits >= 4 && (digits+letters >= 8 || dashes > 0)
}

// minValue is the length from which on a value of a path is looked for in a message, in bytes: the
// shorter ones are in many words.
const minValue = 2

// nameValues replaces the values of a path's parameters in a message by their names in braces:
// "pod web-1 not found" becomes "pod {name} not found". So the failures of several resources are
// one kind. The path may have the prefix of a server before the template.
func nameValues(message, template, path string) string {
	template, _, _ = strings.Cut(template, "#")
	path, _, _ = strings.Cut(path, "?")
	names, values := strings.Split(template, "/"), strings.Split(path, "/")
	prefix := len(values) - len(names)
	if prefix < 0 {
		return message
	}
	for i, name := range names {
		if value := values[prefix+i]; strings.HasPrefix(name, "{") && strings.HasSuffix(name, "}") && len(value) >= minValue {
			message = replaceWord(message, value, name)
		}
	}
	return message
}

// replaceWord replaces a text where it stands as words of its own, except in braces.
func replaceWord(s, old, by string) string {
	var b strings.Builder
	for {
		at := strings.Index(s, old)
		if at < 0 {
			b.WriteString(s)
			return b.String()
		}
		end := at + len(old)
		if at > 0 && (isWordByte(s[at-1]) || s[at-1] == '{') || end < len(s) && isWordByte(s[end]) {
			b.WriteString(s[:end])
		} else {
			b.WriteString(s[:at] + by)
		}
		s = s[end:]
	}
}

// isWordByte reports whether c is part of words, those of other scripts included.
func isWordByte(c byte) bool {
	return c == '_' || c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
