package scan

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"strings"

	"github.com/spectap/spectap/internal/lazyregexp"
)

// Decode decodes a name or value. Invalid parts stay as they are.
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
	percentEscaper   = strings.NewReplacer("%", "%25", "&", "%26", ";", "%3B", "#", "%23", "+", "%2B",
		" ", "+", "=", "%3D", "\n", "%0A", "\r", "%0D", "\x00", "%00")
)

// Unescape returns a percent-encoded text of a form or query decoded. Invalid escapes stay as they
// are.
func Unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	if out, err := url.QueryUnescape(s); err == nil {
		return out
	}
	return percentEscape.Get().ReplaceAllStringFunc(strings.ReplaceAll(s, "+", " "), func(hex string) string {
		out, _ := url.PathUnescape(hex) // which the expression checked
		return out
	})
}

var percentEscape = lazyregexp.New(`%[0-9A-Fa-f]{2}`)

// unquote decodes a string of JSON without its quotes. Of an invalid string, such as one that ends
// within an escape, it decodes the valid part.
func unquote(raw string) string {
	if strings.IndexByte(raw, '\\') < 0 {
		return raw
	}
	var out string
	if json.Unmarshal([]byte(`"`+raw+`"`), &out) == nil {
		return out
	}
	return jsonEscape.Get().ReplaceAllStringFunc(raw, func(escape string) string {
		if escape[1] == 'x' { // of YAML
			escape = `\u00` + escape[2:]
		}
		if json.Unmarshal([]byte(`"`+escape+`"`), &out) != nil {
			return escape
		}
		return out
	})
}

var jsonEscape = lazyregexp.New(`(?:\\u[0-9A-Fa-f]{4})+|\\x[0-9A-Fa-f]{2}|\\.`)

// Forms returns the ways in which programs write a value: as texts, and in digits that may go on
// before and after, hexadecimal and base64 at any offset.
func Forms(v string) (texts, digits []string) {
	quoted, _ := json.Marshal(v) // a string; with & as \u0026
	texts = []string{v, url.QueryEscape(v), url.PathEscape(v), url.QueryEscape(url.QueryEscape(v)), html.EscapeString(v),
		JSON.Encode(v), string(quoted[1 : len(quoted)-1]), strings.ToLower(v), strings.ToUpper(v)}
	raw := hex.EncodeToString([]byte(v))
	digits = []string{raw, strings.ToUpper(raw)}
	for offset := range 3 {
		d := base64.RawStdEncoding.EncodeToString(append(make([]byte, offset), v...))
		d = d[(offset*8+5)/6 : (offset+len(v))*8/6] // the others also depend on their neighbours
		digits = append(digits, d, urlDigits.Replace(d))
	}
	return texts, digits
}

var urlDigits = strings.NewReplacer("+", "-", "/", "_")
