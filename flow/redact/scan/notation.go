package scan

import (
	"encoding/json"
	"html"
	"net/url"
	"strconv"
	"strings"
)

// Decode returns what a name or value says. What is not valid stays as it is.
func (n Notation) Decode(raw string) string {
	switch n {
	case JSON:
		return unquote(raw)
	case Markup, Attribute:
		if strings.IndexByte(raw, '&') < 0 {
			return raw
		}
		return html.UnescapeString(raw)
	case Percent:
		return Unescape(raw)
	case Single:
		return strings.ReplaceAll(raw, "''", "'")
	case Double:
		return strings.ReplaceAll(raw, `""`, `"`)
	}
	return raw
}

// Encode returns how text is written.
func (n Notation) Encode(text string) string {
	switch n {
	case JSON:
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		_ = e.Encode(text) // a builder takes all
		out := b.String()
		return out[1 : len(out)-2]
	case Markup:
		return markupEscaper.Replace(text)
	case Attribute:
		return attributeEscaper.Replace(text)
	case Percent:
		return percentEscaper.Replace(text)
	case Single:
		return strings.ReplaceAll(text, "'", "''")
	case Double:
		return strings.ReplaceAll(text, `"`, `""`)
	}
	return text
}

var (
	markupEscaper    = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	attributeEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")
	percentEscaper   = strings.NewReplacer("%", "%25", "&", "%26", ";", "%3B", "#", "%23", "+", "%2B", " ", "+", "=", "%3D", "\n", "%0A", "\r", "%0D", "\x00", "%00")
)

// Unescape returns a percent-encoded text of a form or query. What is not valid stays as it is.
func Unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	if out, err := url.QueryUnescape(s); err == nil {
		return out
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c, hex := s[i], s[i:min(len(s), i+3)]; {
		case c == '+':
			b.WriteByte(' ')
		case c != '%':
			b.WriteByte(c)
		default:
			out, err := url.PathUnescape(hex)
			if err != nil {
				b.WriteByte(c)
				continue
			}
			b.WriteString(out)
			i += 2
		}
	}
	return b.String()
}

// unquote decodes a string of JSON without its quotes. Of one that is not valid, such as one that
// is cut off within an escape, it decodes what is.
func unquote(raw string) string {
	if strings.IndexByte(raw, '\\') < 0 {
		return raw
	}
	var out string
	if json.Unmarshal([]byte(`"`+raw+`"`), &out) == nil {
		return out
	}
	var b strings.Builder
	for i := 0; i < len(raw); {
		n := strings.IndexByte(raw[i:], '\\')
		if n < 0 {
			n = len(raw) - i
		}
		b.WriteString(raw[i : i+n])
		if i += n; i == len(raw) {
			break
		}
		end := i + 2
		if raw[i+1:min(len(raw), i+2)] == "x" && i+4 <= len(raw) { // of YAML
			if c, err := strconv.ParseUint(raw[i+2:i+4], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 4
				continue
			}
		}
		if strings.HasPrefix(raw[i+1:], "u") {
			end = i + len(`\u0000`)
		}
		end = min(end, len(raw))
		if json.Unmarshal([]byte(`"`+raw[i:end]+`"`), &out) != nil {
			out = raw[i:end]
		}
		b.WriteString(out)
		i = end
	}
	return b.String()
}
