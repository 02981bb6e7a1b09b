package httpguard

import (
	"net/url"
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/openapi/router"
)

// ambiguity returns why servers may read an escaped path as another one, or "". Servers and proxies
// in front of them differ in how often they decode a path, and in what they do before that.
func ambiguity(path string) string {
	if !strings.HasPrefix(path, "/") {
		return "does not begin with a slash"
	}
	slashes := strings.Count(path, "/")
	for text := path; ; {
		for i, s := range strings.Split(text[1:], "/") {
			switch name, _, _ := strings.Cut(s, ";"); {
			case name == "." || name == "..":
				return "has a dot segment"
			case s == "" && i < strings.Count(text, "/")-1:
				return "has an empty segment"
			}
		}
		switch {
		case strings.Count(text, "/") != slashes:
			return "has an encoded slash"
		case strings.ContainsAny(text, `\;`):
			return `has a backslash or a semicolon`
		case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
			return "has a control character"
		}
		plain, err := url.PathUnescape(text)
		switch {
		case err != nil && text == path:
			return "has an invalid escape"
		case err != nil || plain == text: // a literal %
			return ""
		}
		text = plain
	}
}

// streams reports whether an operation takes bodies of a media type of which its document says
// nothing more, so that they need not be read.
func streams(m *router.Match, kind string) bool {
	if m.Operation.RequestBody == nil || m.Operation.RequestBody.Value == nil || decode.IsForm(kind) || decode.IsMultipart(kind) || decode.IsJSON(kind) {
		return false
	}
	declared := m.Operation.RequestBody.Value.Content[kind]
	return declared != nil && (declared.Schema == nil || declared.Schema.Value == nil || declared.Schema.Value.Format == "binary")
}
