package traffic

import "strings"

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
